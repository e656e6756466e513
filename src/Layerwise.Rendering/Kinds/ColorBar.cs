namespace Layerwise.Rendering;

/// <summary>A colour bar: which colour is how much relevance.</summary>
public static class ColorBar
{
    private const double BarHeight = 10;

    /// <summary>Draws a bar from −max to max, zero in the middle.</summary>
    /// <param name="scale">The scale of the pictures beside it.</param>
    /// <param name="colors">Their colours; <see cref="ColorMap.Even"/> unless given.</param>
    /// <param name="against">What the left end means.</param>
    /// <param name="speaksFor">What the right end means.</param>
    /// <param name="width">In CSS pixels, 120 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The width is below 120, or not finite.</exception>
    public static Figure Draw(RelevanceScale scale, ColorMap? colors = null, string against = "speaks against", string speaksFor = "speaks for", double width = 280)
    {
        if (width is not (>= 120 and <= 10_000))
        {
            throw new ArgumentOutOfRangeException(nameof(width), width, "A colour bar is 120 to 10,000 pixels wide.");
        }

        colors ??= ColorMap.Even;
        const double Size = 11, Top = 16;
        var figure = new Figure(width, Top + BarHeight + 18, $"Colours of relevance from {Numbers.Short(-scale.Max)} ({against}) to {Numbers.Short(scale.Max)} ({speaksFor}).");
        var strip = new Raster(255, 1);
        for (var x = 0; x < strip.Width; x++)
        {
            strip[x, 0] = colors.At((x - 127) / 127.0);
        }

        figure.Add(new Words(0, 10, Lettering.Fit(against, Size, width / 2 - 6), Ink.Muted, Size));
        figure.Add(new Words(width, 10, Lettering.Fit(speaksFor, Size, width / 2 - 6), Ink.Muted, Size, Anchor.End));
        figure.Add(new Image(0, Top, width, BarHeight, strip));
        figure.Add(new Line(width / 2, Top + BarHeight, width / 2, Top + BarHeight + 4, Ink.Muted));
        var baseline = Top + BarHeight + 15;
        figure.Add(new Words(width / 2, baseline, "0", Ink.Text, Size, Anchor.Middle));
        if (scale.Max > 0)
        {
            figure.Add(new Words(0, baseline, Numbers.Short(-scale.Max), Ink.Text, Size));
            figure.Add(new Words(width, baseline, Numbers.Signed(scale.Max), Ink.Text, Size, Anchor.End));
        }

        return figure;
    }
}
