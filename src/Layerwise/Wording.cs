using System.Globalization;
using System.Text;

namespace Layerwise;

/// <summary>Messages that hold names of a model file: whatever these are, a message is one line that a reader can take in. Compiled into Layerwise.Onnx and Layerwise.Compiler as well.</summary>
internal static class Wording
{
    private const int Head = 1400, Tail = 500, Listed = 12;

    /// <summary>One line: characters that break it, act on a terminal or turn its direction as escapes, the middle of an endless one left out.</summary>
    public static string OneLine(string message)
    {
        var line = new StringBuilder(Math.Min(message.Length, Head + Tail) + 16);
        for (var i = 0; i < message.Length; i++)
        {
            if (i == Head && message.Length > Head + Tail)
            {
                line.Append(" […] ");
                i = message.Length - Tail;
            }

            var c = message[i];
            var isPair = char.IsHighSurrogate(c) && i + 1 < message.Length && char.IsLowSurrogate(message[i + 1]);
            if (isPair)
            {
                line.Append(c).Append(message[++i]);
            }
            else if (IsPlain(c))
            {
                line.Append(c);
            }
            else
            {
                line.Append("\\u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture));
            }
        }

        return line.ToString();
    }

    /// <summary>The first items of a list, and how many more there are.</summary>
    public static string List(IEnumerable<string> items)
    {
        var all = items.ToList();
        return string.Join(", ", all.Take(Listed)) + (all.Count > Listed ? $" and {(all.Count - Listed).ToString(CultureInfo.InvariantCulture)} more" : "");
    }

    private static bool IsPlain(char c) => char.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
