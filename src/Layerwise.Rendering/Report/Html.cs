using System.Globalization;
using System.Text;

namespace Layerwise.Rendering;

/// <summary>Text in HTML.</summary>
internal static class Html
{
    /// <summary>
    /// The text as text, in an element or an attribute in double quotes, whatever is in it. Letters of all scripts and ends of lines stay;
    /// characters that act on the page or turn its direction become their escapes.
    /// </summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                escaped.Append(c).Append(text[++i]);
                continue;
            }

            _ = c switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                '\n' or '\t' or '\u200c' or '\u200d' => escaped.Append(c), // the last two join letters and emoji
                '\r' => escaped,
                _ when IsHidden(c) => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }

    /// <summary>A name of a file, on one line.</summary>
    public static string Name(string text) => Escape(Wording.OneLine(text));

    private static bool IsHidden(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
}
