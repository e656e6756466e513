namespace Layerwise.Rendering;

/// <summary>The relevance of one input for one class.</summary>
/// <param name="Label">The class.</param>
/// <param name="Relevance">One sample, in row-major order.</param>
/// <param name="Note">What stands below it, such as the probability.</param>
public sealed record ClassRelevance(string Label, float[] Relevance, string Note = "");

/// <summary>Several classes of one input side by side, in one scale: what speaks for the one, what for the other.</summary>
public static class ClassComparison
{
    /// <summary>Draws the relevance for each class, over the picture where there is one.</summary>
    /// <param name="classes">One or more.</param>
    /// <param name="layout">How a sample lies.</param>
    /// <param name="picture">What the model saw, of the sample's size; <c>null</c> where the input is no picture.</param>
    /// <param name="options">Colours, and the scale where it is not to be that of all classes together.</param>
    /// <exception cref="ArgumentException">There is no class, or a relevance does not fit, or is NaN or infinite somewhere.</exception>
    public static Figure Draw(IReadOnlyList<ClassRelevance> classes, SampleLayout layout, Picture? picture = null, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(layout);
        if (classes.Count == 0)
        {
            throw new ArgumentException("A comparison needs a class.", nameof(classes));
        }

        options ??= new HeatmapOptions();
        var scale = options.Scale ?? new RelevanceScale(classes.Max(one => Heatmap.Scale(one.Relevance, layout).Max));
        var shared = options with { Scale = scale };
        var cells = classes.Select(one => new SheetCell(
            picture is null ? Heatmap.Alone(one.Relevance, layout, shared) : Heatmap.Over(picture, one.Relevance, layout, shared), one.Label, one.Note));
        if (picture is not null)
        {
            cells = cells.Prepend(new SheetCell(picture.ToRaster(), "Input"));
        }

        return ContactSheet.Draw([.. cells], columns: 4, legend: ColorBar.Draw(scale, shared.Colors, "against the class", "for the class"), description: $"Relevance for {string.Join(", ", classes.Select(one => one.Label))}, in one scale.");
    }
}
