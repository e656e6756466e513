using System.Globalization;

namespace Layerwise.Rendering;

/// <summary>Numbers as figures and reports write them, the same in every culture.</summary>
internal static class Numbers
{
    /// <summary>Three significant digits; a true minus sign.</summary>
    public static string Short(double value) => Rounded(value, 3);

    /// <summary>Five significant digits.</summary>
    public static string Long(double value) => Rounded(value, 5);

    /// <summary>With as many decimals as the largest of its column has in so many significant digits, so that they stand under each other.</summary>
    public static string Beside(double value, double largest, int digits = 5)
    {
        var magnitude = largest > 0 ? (int)Math.Floor(Math.Log10(largest)) : 0;
        if (!double.IsFinite(value) || magnitude is < -4 or > 6)
        {
            return Rounded(value, digits);
        }

        var text = value.ToString("F" + Math.Max(digits - 1 - magnitude, 0), CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAnyInRange('1', '9') ? text.Replace('-', '−') : text.TrimStart('-');
    }

    /// <summary>As <see cref="Short"/>, positive numbers with their sign.</summary>
    public static string Signed(double value) => value > 0 ? "+" + Short(value) : Short(value);

    /// <summary>A place on a figure: two decimals at most.</summary>
    public static string Coordinate(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>97.3 %, never rounded to all or nothing.</summary>
    public static string Percent(double part)
    {
        var percent = 100 * part;
        return percent is > 0 and < 0.1 ? "< 0.1 %" : percent is < 100 and > 99.9 ? "> 99.9 %" : percent.ToString("0.0", CultureInfo.InvariantCulture) + " %";
    }

    private static string Rounded(double value, int digits)
    {
        if (!double.IsFinite(value) || value == 0)
        {
            return value == 0 ? "0" : value.ToString(CultureInfo.InvariantCulture).Replace('-', '−');
        }

        var magnitude = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        var text = magnitude < -4 || magnitude > 6
            ? $"{(value / Math.Pow(10, magnitude)).ToString("F" + (digits - 1), CultureInfo.InvariantCulture)} × 10{Raised(magnitude)}"
            : value.ToString("F" + Math.Clamp(digits - 1 - magnitude, 0, 8), CultureInfo.InvariantCulture);
        return text.Replace('-', '−');
    }

    private static string Raised(int exponent)
        => string.Concat(exponent.ToString(CultureInfo.InvariantCulture).Select(digit => digit == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit - '0']));
}
