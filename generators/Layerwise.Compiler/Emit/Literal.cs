using System.Globalization;
using System.Text;
using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit;

/// <summary>C# literals, and text from model files made safe for comments and identifiers.</summary>
public static class Literal
{
    private const int LongestComment = 120;

    // The signs of the layer table, readable as they are.
    private const string Signs = "×≥·–→⁺⁻ε";

    /// <summary>A string literal of printable ASCII and the layer table's signs.</summary>
    public static string Of(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (var c in text)
        {
            literal.Append(c switch
            {
                '"' => "\\\"",
                '\\' => @"\\",
                >= ' ' and <= '~' => c.ToString(),
                _ when Signs.IndexOf(c) >= 0 => c.ToString(),
                _ => "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture),
            });
        }

        return literal.Append('"').ToString();
    }

    /// <summary>A literal that reads back to the same number, such as <c>1e-6f</c>.</summary>
    public static string Of(float value) => value switch
    {
        float.NaN => "float.NaN",
        float.PositiveInfinity => "float.PositiveInfinity",
        float.NegativeInfinity => "float.NegativeInfinity",
        _ => Number(value.ToString("R", CultureInfo.InvariantCulture)) + "f",
    };

    /// <summary>As a double literal.</summary>
    public static string Of(double value) => value switch
    {
        double.NaN => "double.NaN",
        double.PositiveInfinity => "double.PositiveInfinity",
        double.NegativeInfinity => "double.NegativeInfinity",
        _ => Number(value.ToString("R", CultureInfo.InvariantCulture)) is var text && text.IndexOfAny(['.', 'e']) < 0 ? text + ".0" : text,
    };

    /// <summary>A number as one writes it: <c>1e-6</c>, not <c>1E-06</c>.</summary>
    public static string Number(string roundTrip) => roundTrip.Replace("E-0", "e-").Replace("E-", "e-").Replace("E+0", "e").Replace("E+", "e");

    public static string Of(IEnumerable<long> values) => $"[{string.Join(", ", values)}]";

    /// <summary>The literal of an operator's option.</summary>
    public static string OfAny(object value) => value switch
    {
        string text => Of(text),
        bool truth => truth ? "true" : "false",
        float number => Of(number),
        IEnumerable<long> list => Of(list),
        IEnumerable<float> list => List(list),
        ElementType type => Type(type),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new InvalidOperationException($"no literal of a {value.GetType().Name}"),
    };

    /// <summary>libtorch's name of a type.</summary>
    public static string Type(ElementType type) => $"ScalarType.{(type == ElementType.UInt8 ? "Byte" : type)}";

    public static string List(IEnumerable<float> values) => $"[{string.Join(", ", values.Select(Of))}]";

    /// <summary>The dimensions of a shape: <c>N, 3, 224, 224</c>, with N and Any as constants of the emitted class.</summary>
    public static string Arguments(Shape shape)
        => Arguments(shape.Dims.Select(d => d.IsOpen ? "K.Any" : !d.IsBatch ? d.Count.ToString(CultureInfo.InvariantCulture) : d.Count == 1 ? "N" : $"{d.Count} * N"));

    /// <summary>Arguments: <c>64, 3, 7, 7</c>.</summary>
    public static string Arguments<T>(IEnumerable<T> values) => string.Join(", ", values);

    /// <summary>Text for a line comment: one line, no control or direction-changing characters, not endless.</summary>
    public static string Comment(string text)
    {
        var comment = new StringBuilder();
        foreach (var c in text)
        {
            comment.Append(char.GetUnicodeCategory(c) switch
            {
                UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned
                    or UnicodeCategory.PrivateUse or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => '\uFFFD',
                _ => c,
            });
            if (comment.Length == LongestComment)
            {
                return comment.Append('…').ToString();
            }
        }

        return comment.ToString();
    }

    /// <summary>Text inside an XML documentation comment.</summary>
    public static string Xml(string text) => Comment(text).Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");
}
