using SkiaSharp;

namespace Layerwise.Rendering;

/// <summary>The relevance of one sample as colours, pixel by pixel.</summary>
public static class Heatmap
{
    /// <summary>
    /// The relevance alone, enlarged to be seen: [C, L] as channels over time, [C, H, W] summed over the channels, [C, D, H, W] the middle slice.
    /// </summary>
    /// <param name="relevance">One sample.</param>
    /// <param name="layout">How it lies.</param>
    /// <param name="options">Colours, scale and size.</param>
    /// <exception cref="ShapeException">The relevance does not fit the layout.</exception>
    /// <exception cref="NotFiniteException">The relevance is NaN or infinite somewhere.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The picture would have more than 100 million pixels.</exception>
    public static Raster Alone(ReadOnlySpan<float> relevance, SampleLayout layout, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return Alone(Plane.Of(relevance, layout), options ?? new HeatmapOptions(), bothAxes: layout.Space.Count == 1);
    }

    /// <summary>The relevance over a picture of the same size, which shows faintly in grey.</summary>
    /// <param name="picture">What the model saw.</param>
    /// <param name="relevance">One sample, [C, H, W] or [H, W, C] of the picture's size.</param>
    /// <param name="layout">How it lies.</param>
    /// <param name="options">Colours and scale.</param>
    /// <exception cref="ShapeException">The relevance does not fit the layout or the picture.</exception>
    /// <exception cref="NotFiniteException">The relevance is NaN or infinite somewhere.</exception>
    public static Raster Over(Picture picture, ReadOnlySpan<float> relevance, SampleLayout layout, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(layout);
        if (!layout.Space.SequenceEqual([picture.Height, picture.Width]))
        {
            throw Refuse.OtherShape($"The picture has {picture.Width}x{picture.Height} pixels, the relevance [{string.Join(", ", layout.Shape)}]; resize the picture to what the model saw.", nameof(picture), string.Join("x", layout.Space.Reverse()), $"{picture.Width}x{picture.Height}");
        }

        options ??= new HeatmapOptions();
        var plane = Plane.Of(relevance, layout);
        var scale = options.Scale ?? RelevanceScale.Of(plane.Values);
        var raster = new Raster(picture.Width, picture.Height);
        for (var i = 0; i < plane.Values.Length; i++)
        {
            var grey = (byte)MathF.Round(150 + 0.4f * picture.Luma(i)); // light enough for either colour to stand out
            raster[i % picture.Width, i / picture.Width] = options.Colors.Over(scale.Place(plane.Values[i]), new SKColor(grey, grey, grey));
        }

        return raster;
    }

    /// <summary>The scale that a sample settles by itself: that of what is drawn, summed over the channels.</summary>
    /// <param name="relevance">One sample.</param>
    /// <param name="layout">How it lies.</param>
    /// <exception cref="ShapeException">The relevance does not fit the layout.</exception>
    /// <exception cref="NotFiniteException">The relevance is NaN or infinite somewhere.</exception>
    public static RelevanceScale Scale(ReadOnlySpan<float> relevance, SampleLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return RelevanceScale.Of(Plane.Of(relevance, layout).Values);
    }

    /// <summary>A plane as colours; each axis is enlarged by itself where they count different things.</summary>
    internal static Raster Alone(Plane plane, HeatmapOptions options, bool bothAxes = false)
    {
        var scale = options.Scale ?? RelevanceScale.Of(plane.Values);
        var raster = new Raster(plane.Width, plane.Height);
        for (var i = 0; i < plane.Values.Length; i++)
        {
            raster[i % plane.Width, i / plane.Width] = options.Colors.At(scale.Place(plane.Values[i]));
        }

        int Factor(int side) => Math.Max(1, (options.MinSide + side - 1) / side);
        var longer = Factor(Math.Max(plane.Width, plane.Height));
        return bothAxes ? raster.Enlarge(Factor(plane.Width), Factor(plane.Height)) : raster.Enlarge(longer, longer);
    }
}
