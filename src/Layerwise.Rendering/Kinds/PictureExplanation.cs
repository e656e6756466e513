namespace Layerwise.Rendering;

/// <summary>A picture beside what speaks in it for a class, with the colours' scale.</summary>
public static class PictureExplanation
{
    /// <summary>Draws the picture, the relevance over it and the relevance alone, side by side.</summary>
    /// <param name="picture">What the model saw.</param>
    /// <param name="relevance">One sample, of the picture's size.</param>
    /// <param name="layout">How it lies.</param>
    /// <param name="label">The explained class, for the scale's ends.</param>
    /// <param name="options">Colours and scale.</param>
    /// <exception cref="ShapeException">The relevance does not fit the layout or the picture.</exception>
    /// <exception cref="NotFiniteException">The relevance is NaN or infinite somewhere.</exception>
    public static Figure Draw(Picture picture, ReadOnlySpan<float> relevance, SampleLayout layout, string label, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(label);
        options ??= new HeatmapOptions();
        var shared = options with { Scale = options.Scale ?? Heatmap.Scale(relevance, layout), MinSide = 1 };
        SheetCell[] cells =
        [
            new(picture.ToRaster(), "What the model saw"),
            new(Heatmap.Over(picture, relevance, layout, shared), "Relevance over the picture"),
            new(Heatmap.Alone(relevance, layout, shared), "Relevance alone"),
        ];
        var legend = ColorBar.Draw(shared.Scale.Value, shared.Colors, $"against {label}", $"for {label}");
        return ContactSheet.Draw(cells, cells.Length, cellWidth: 216, legend, $"A picture, and which of its parts speak for and against {label}.");
    }
}
