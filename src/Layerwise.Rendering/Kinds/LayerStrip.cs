namespace Layerwise.Rendering;

/// <summary>The relevance of one layer's output for one sample.</summary>
/// <param name="Name">The layer.</param>
/// <param name="Shape">The sample's shape: [K], [C, L], [C, H, W] or [C, D, H, W].</param>
/// <param name="Relevance">In row-major order.</param>
public sealed record LayerRelevance(string Name, IReadOnlyList<long> Shape, float[] Relevance);

/// <summary>How relevance travels through a network, layer by layer. Each layer has its own scale: its relevance lies on more or fewer elements.</summary>
public static class LayerStrip
{
    private const int Side = 128;

    /// <summary>Draws the layers in the order in which they are given.</summary>
    /// <param name="layers">One or more.</param>
    /// <param name="options">Colours; a scale applies to all layers.</param>
    /// <param name="columns">How many stand in a row.</param>
    /// <exception cref="ArgumentException">There is no layer.</exception>
    /// <exception cref="ShapeException">A shape is none that can be drawn, or a relevance does not fit.</exception>
    /// <exception cref="NotFiniteException">A relevance is NaN or infinite somewhere.</exception>
    public static Figure Draw(IReadOnlyList<LayerRelevance> layers, HeatmapOptions? options = null, int columns = 6)
    {
        ArgumentNullException.ThrowIfNull(layers);
        options = (options ?? new HeatmapOptions()) with { MinSide = Side };
        return ContactSheet.Draw(
            [.. layers.Select(layer => Cell(layer, options))],
            columns,
            cellWidth: Side,
            description: $"Relevance in the layers {string.Join(", ", layers.Select(layer => layer.Name))}, each in its own scale.");
    }

    private static SheetCell Cell(LayerRelevance layer, HeatmapOptions options)
    {
        var shape = $"{string.Join(" × ", layer.Shape)}";
        if (layer.Shape is [> 0 and <= int.MaxValue and var units])
        {
            Refuse.OtherLength(layer.Relevance.Length, units, "relevance", $"layer '{Wording.OneLine(layer.Name)}'");
            Refuse.NotFinite(layer.Relevance, "relevance");
            return new SheetCell(Heatmap.Alone(Block(layer.Relevance), options), layer.Name, $"{units} units");
        }

        var layout = SampleLayout.Of(layer.Shape)
            ?? throw Refuse.OtherShape($"The layer '{Wording.OneLine(layer.Name)}' has the shape [{string.Join(", ", layer.Shape)}]; [K], [C, L], [C, H, W] and [C, D, H, W] can be drawn.", nameof(layer), "[K], [C, L], [C, H, W] or [C, D, H, W]", $"[{string.Join(", ", layer.Shape)}]");
        var map = Heatmap.Alone(layer.Relevance, layout, options);
        return new SheetCell(map, layer.Name, shape);
    }

    /// <summary>Units without a place in space, row by row in a block as square as can be.</summary>
    private static Plane Block(float[] units)
    {
        var width = (int)Math.Ceiling(Math.Sqrt(units.Length));
        var height = (units.Length + width - 1) / width;
        var values = new float[width * height];
        units.CopyTo(values, 0);
        return new Plane(width, height, values);
    }
}
