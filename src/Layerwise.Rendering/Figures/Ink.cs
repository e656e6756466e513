using SkiaSharp;

namespace Layerwise.Rendering;

/// <summary>What a mark is drawn in: a colour, or that of the text around the figure, dark on light pages and light on dark ones.</summary>
/// <param name="Color"><c>null</c> for the text's.</param>
/// <param name="Opacity">0 to 1.</param>
internal readonly record struct Ink(SKColor? Color, double Opacity = 1)
{
    /// <summary>The text's colour where a figure stands alone.</summary>
    public static readonly SKColor Alone = new(0x1f, 0x24, 0x2b);

    public static Ink Text { get; } = new(null);

    public static Ink Muted { get; } = new(null, 0.62);

    public static Ink Faint { get; } = new(null, 0.2);

    /// <summary>Black or white, whichever is easier to read on a colour.</summary>
    public static Ink On(SKColor background) => new(0.299 * background.Red + 0.587 * background.Green + 0.114 * background.Blue > 140 ? Alone : SKColors.White);

    public static implicit operator Ink(SKColor color) => new(color);

    public SKColor ToColor() => (Color ?? Alone) is var color ? color.WithAlpha((byte)Math.Round(color.Alpha * Opacity)) : default;

    /// <summary>The colour as SVG and CSS write it.</summary>
    public string ToCss() => Color is { } color ? $"#{color.Red:x2}{color.Green:x2}{color.Blue:x2}" : "currentColor";
}
