namespace Layerwise.Tool.Images;

/// <summary>Draws the relevance of one sample.</summary>
internal static class Heatmap
{
    private const int MinSide = 256;

    /// <summary>The quantile of |R| that gets the full colour: a few extreme pixels must not wash out the rest.</summary>
    private const double FullColor = 0.995;

    /// <summary>The relevance over a picture of the same size, which shows faintly in grey.</summary>
    /// <param name="relevance">One sample: channels and [H, W].</param>
    public static Raster Over(Picture picture, ReadOnlySpan<float> relevance, SampleLayout layout)
    {
        var (_, _, values) = Plane(relevance, layout);
        var scale = Scale(values);
        var raster = Raster.Blank(picture.Width, picture.Height);
        for (var i = 0; i < values.Length; i++)
        {
            raster.Set(i % picture.Width, i / picture.Width, ColorMap.Over(values[i] / scale, grey: 150 + 0.4f * picture.Luma(i)));
        }

        return raster;
    }

    /// <summary>
    /// The relevance alone, enlarged to be seen: [L] as channels over time, [H, W] as it lies, [D, H, W] as its middle slice.
    /// </summary>
    public static Raster Alone(ReadOnlySpan<float> relevance, SampleLayout layout)
    {
        var (width, height, values) = Plane(relevance, layout);
        var scale = Scale(values);
        int Factor(int side) => Math.Max(1, (MinSide + side - 1) / side);
        var (zoomX, zoomY) = layout.Space.Count == 1
            ? (Factor(width), Factor(height))
            : (Factor(Math.Max(width, height)), Factor(Math.Max(width, height)));
        var raster = Raster.Blank(checked(width * zoomX), checked(height * zoomY));
        for (var y = 0; y < raster.Height; y++)
        {
            for (var x = 0; x < raster.Width; x++)
            {
                raster.Set(x, y, ColorMap.Over(values[y / zoomY * width + x / zoomX] / scale, grey: 255));
            }
        }

        return raster;
    }

    /// <summary>The plane that is drawn: summed over channels, except where the channels are an axis of the picture.</summary>
    private static (int Width, int Height, float[] Values) Plane(ReadOnlySpan<float> relevance, SampleLayout layout)
    {
        if (layout.Space is [var length])
        {
            return (length, layout.Channels, relevance.ToArray());
        }

        var (width, height) = (layout.Space[^1], layout.Space[^2]);
        var first = layout.Space.Count == 3 ? layout.Space[0] / 2 * width * height : 0;
        var values = new float[width * height];
        for (var channel = 0; channel < layout.Channels; channel++)
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] += relevance[layout.Offset(channel, first + i)];
            }
        }

        return (width, height, values);
    }

    private static float Scale(float[] values)
    {
        float[] sizes = [.. values.Where(float.IsFinite).Select(Math.Abs).Order()];
        var scale = sizes.Length == 0 ? 0 : sizes[(int)Math.Ceiling(FullColor * sizes.Length) - 1];
        return scale > 0 ? scale : sizes.Length > 0 && sizes[^1] > 0 ? sizes[^1] : 1; // few relevant pixels: the largest; none: all clear
    }
}
