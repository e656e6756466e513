using System.Globalization;
using System.Text;

namespace Layerwise.Tool;

/// <summary>Text for a terminal. Names and labels come from files of others, which may hold escape sequences.</summary>
internal static class Printable
{
    /// <summary>The text on one line: line ends become spaces, other control characters their escapes.</summary>
    public static string Line(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is '\n' or '\t')
            {
                line.Append(' ');
            }
            else if (char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                line.Append(c == '\r' ? "" : $"\\u{(int)c:X4}");
            }
            else
            {
                line.Append(c);
            }
        }

        return line.ToString().Trim();
    }

    /// <summary>A shape as <c>[1, 3, 224, 224]</c>.</summary>
    public static string Shape(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>A number for reading: six significant digits at most, the same in every culture.</summary>
    public static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
