namespace Layerwise.Rendering;

/// <summary>
/// A colour as the eye orders it (Ottosson 2020, "A perceptual color space for image processing"): equal distances look equally different.
/// </summary>
/// <param name="L">Lightness, 0 for black to 1 for white.</param>
/// <param name="A">Green below 0, red above.</param>
/// <param name="B">Blue below 0, yellow above.</param>
internal readonly record struct OkLab(double L, double A, double B)
{
    /// <summary>A colour of a hue, in degrees: 27 is red, 260 blue.</summary>
    public static OkLab Polar(double lightness, double chroma, double hue)
        => new(lightness, chroma * Math.Cos(hue * Math.PI / 180), chroma * Math.Sin(hue * Math.PI / 180));

    /// <summary>The colour a part of the way to another.</summary>
    public OkLab Toward(OkLab other, double part) => new(L + (other.L - L) * part, A + (other.A - A) * part, B + (other.B - B) * part);

    /// <summary>As red, green and blue, 0 to 1 each within what a screen shows.</summary>
    public (double R, double G, double B) ToRgb()
    {
        var l = Cube(L + 0.3963377774 * A + 0.2158037573 * B);
        var m = Cube(L - 0.1055613458 * A - 0.0638541728 * B);
        var s = Cube(L - 0.0894841775 * A - 1.2914855480 * B);
        return (
            Encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
            Encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            Encode(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s));
    }

    private static double Cube(double x) => x * x * x;

    /// <summary>sRGB's transfer function (IEC 61966-2-1).</summary>
    private static double Encode(double linear) => linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.Pow(linear, 1 / 2.4) - 0.055;
}
