using SkiaSharp;

namespace Layerwise.Rendering;

/// <summary>The colours of relevance: what speaks against, nothing, and what speaks for. Zero always has the colour in the middle.</summary>
public sealed class ColorMap
{
    private const int Steps = 255; // on either side of zero: the finest that 8 bits show

    private readonly SKColor[] _colors = new SKColor[2 * Steps + 1];

    private ColorMap(string name, Func<double, (double R, double G, double B)> color)
    {
        Name = name;
        for (var i = -Steps; i <= Steps; i++)
        {
            var (r, g, b) = color((double)i / Steps);
            _colors[Steps + i] = new SKColor(Byte(r), Byte(g), Byte(b));
        }

        static byte Byte(double part) => (byte)Math.Round(255 * Math.Clamp(part, 0, 1));
    }

    /// <summary>
    /// Blue, white, red, in equal steps for the eye: straight lines in OKLab, so that a value and its negative are equally light and equally
    /// far from white. The one to take unless there is a reason for another.
    /// </summary>
    public static ColorMap Even { get; } = new("even", value => new OkLab(1, 0, 0)
        .Toward(OkLab.Polar(0.48, 0.18, value < 0 ? 260 : 27), Math.Abs(value)).ToRgb());

    /// <summary>Pure blue, white, pure red: what matplotlib and zennit call <c>bwr</c>.</summary>
    public static ColorMap BlueWhiteRed { get; } = new("bwr", Through((1, 1, 1), [(0, 0, 1)], [(1, 0, 0)]));

    /// <summary>As <see cref="BlueWhiteRed"/>, then darker to both ends, which shows the largest values apart: <c>seismic</c>.</summary>
    public static ColorMap Seismic { get; } = new("seismic", Through((1, 1, 1), [(0, 0, 1), (0, 0, 0.4)], [(1, 0, 0), (0.4, 0, 0)]));

    /// <summary>Cyan, blue, black, red, yellow, for dark pages: <c>coldnhot</c>.</summary>
    public static ColorMap ColdNHot { get; } = new("coldnhot", Through((0, 0, 0), [(0, 0, 1), (0, 1, 1)], [(1, 0, 0), (1, 1, 0)]));

    /// <summary>All colour maps.</summary>
    public static IReadOnlyList<ColorMap> All { get; } = [Even, BlueWhiteRed, Seismic, ColdNHot];

    /// <summary>The name, in lower case.</summary>
    public string Name { get; }

    /// <summary>The colour of zero.</summary>
    public SKColor Zero => _colors[Steps];

    /// <summary>A colour map by its name, in any case.</summary>
    /// <param name="name"><c>even</c>, <c>bwr</c>, <c>seismic</c> or <c>coldnhot</c>.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static ColorMap Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(map => map.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"There is no colour map '{name}'; there are {string.Join(", ", All.Select(map => map.Name))}.", nameof(name));
    }

    /// <summary>The colour of a value.</summary>
    /// <param name="value">−1 (speaks against) to 1 (speaks for); what lies beyond gets the colour of the end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a number.</exception>
    public SKColor At(double value) => double.IsNaN(value)
        ? throw new ArgumentOutOfRangeException(nameof(value), value, "NaN has no colour.")
        : _colors[Steps + (int)Math.Round(Steps * Math.Clamp(value, -1, 1))];

    /// <summary>The colour of a value laid over another colour: nothing of it at zero, all of it at ±1.</summary>
    /// <param name="value">As for <see cref="At"/>.</param>
    /// <param name="background">What lies below.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a number.</exception>
    public SKColor Over(double value, SKColor background)
    {
        var end = At(Math.Sign(value));
        var strength = Math.Min(Math.Abs(value), 1);
        byte Mix(byte below, byte above) => (byte)Math.Round(below + (above - below) * strength);
        return new SKColor(Mix(background.Red, end.Red), Mix(background.Green, end.Green), Mix(background.Blue, end.Blue));
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Straight lines from zero outwards, through colours at equal distances on either side.</summary>
    private static Func<double, (double R, double G, double B)> Through((double R, double G, double B) zero, (double R, double G, double B)[] cold, (double R, double G, double B)[] warm) => value =>
    {
        (double R, double G, double B)[] stops = [zero, .. value < 0 ? cold : warm];
        var place = Math.Abs(value) * (stops.Length - 1);
        var at = Math.Min((int)place, stops.Length - 2);
        var (from, to, part) = (stops[at], stops[at + 1], place - at);
        return (from.R + (to.R - from.R) * part, from.G + (to.G - from.G) * part, from.B + (to.B - from.B) * part);
    };
}
