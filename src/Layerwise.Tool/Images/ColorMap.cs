namespace Layerwise.Tool.Images;

/// <summary>The diverging map of relevance: blue below zero, clear at zero, red above.</summary>
internal static class ColorMap
{
    /// <summary>Lays the colour of a value over a grey background.</summary>
    /// <param name="value">−1 to 1; what lies beyond is cut off, what is no number counts as 0.</param>
    /// <param name="grey">The background, 0 to 255.</param>
    public static (byte R, byte G, byte B) Over(float value, float grey)
    {
        var strength = float.IsNaN(value) ? 0 : Math.Min(Math.Abs(value), 1);
        var (r, g, b) = value < 0 ? (20f, 60f, 200f) : (210f, 10f, 30f);
        byte Mix(float color) => (byte)MathF.Round(grey + (color - grey) * strength);
        return (Mix(r), Mix(g), Mix(b));
    }
}
