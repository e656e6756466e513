namespace Layerwise.Rendering;

/// <summary>The relevance of one input for one class.</summary>
/// <param name="Label">The class.</param>
/// <param name="Relevance">One sample, in row-major order.</param>
/// <param name="Note">What stands below it, such as the probability.</param>
public sealed record ClassRelevance(string Label, float[] Relevance, string Note = "")
{
    /// <summary>The relevance for a class, with its name and its probability, or its logit where there is none.</summary>
    /// <param name="score">What the model says of the class.</param>
    /// <param name="relevance">One sample, in row-major order.</param>
    public static ClassRelevance Of(ClassScore score, float[] relevance)
    {
        ArgumentNullException.ThrowIfNull(score);
        return new ClassRelevance(score.ShortName, relevance, score.Probability is { } probability ? $"probability {Numbers.Percent(probability)}" : $"logit {Numbers.Short(score.Logit)}");
    }
}

/// <summary>Several classes of one input side by side, in one scale: what speaks for the one, what for the other.</summary>
public static class ClassComparison
{
    /// <summary>Draws the relevance for each class, over the picture where there is one.</summary>
    /// <param name="classes">One or more.</param>
    /// <param name="layout">How a sample lies.</param>
    /// <param name="picture">What the model saw, of the sample's size; <c>null</c> where the input is no picture.</param>
    /// <param name="options">Colours, and the scale where it is not to be that of all classes together.</param>
    /// <exception cref="ArgumentException">There is no class.</exception>
    /// <exception cref="ShapeException">A relevance does not fit.</exception>
    /// <exception cref="NotFiniteException">A relevance is NaN or infinite somewhere.</exception>
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
