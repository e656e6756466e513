using System.Globalization;
using System.Text;

namespace Layerwise.Onnx;

/// <summary>Strings and numbers as the manifest writes them; the same on every runtime and in every culture.</summary>
internal static class ManifestText
{
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' or > '~' => Escape(quoted, c),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    public static string List<T>(IEnumerable<T> items, Func<T, string> text) => $"[{string.Join(",", items.Select(text))}]";

    public static string Integer(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The shortest text that reads back to the same float32.</summary>
    public static string Float(float value)
        => Special(value) ?? Shortest("G7", "G8", "G9", f => value.ToString(f, CultureInfo.InvariantCulture), s => float.Parse(s, CultureInfo.InvariantCulture).Equals(value));

    /// <summary>The shortest text that reads back to the same float64.</summary>
    public static string Float(double value)
        => Special(value) ?? Shortest("G15", "G16", "G17", f => value.ToString(f, CultureInfo.InvariantCulture), s => double.Parse(s, CultureInfo.InvariantCulture).Equals(value));

    // .NET Framework's "R" is neither always the shortest nor always exact, and it overflows on reading the largest number back.
    private static string Shortest(string shortest, string middle, string longest, Func<string, string> write, Func<string, bool> isExact)
    {
        foreach (var format in new[] { shortest, middle })
        {
            try
            {
                if (isExact(write(format)))
                {
                    return write(format);
                }
            }
            catch (OverflowException)
            {
            }
        }

        return write(longest);
    }

    private static string? Special(double value) => value switch
    {
        double.NaN => "NaN",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        0 => double.IsNegativeInfinity(1 / value) ? "-0" : "0",
        _ => null,
    };

    private static StringBuilder Escape(StringBuilder text, char c) => text.Append("\\u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture));
}
