using System.Globalization;

namespace Layerwise.Rendering;

/// <summary>Pictures of what is said about a row of a table.</summary>
public static class TableFigures
{
    /// <summary>
    /// What each feature of a row adds, or takes away, as bars from what biases and stabilizers keep to what relevance started with: the
    /// logit, or 1.
    /// </summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="sample">Which row, 0-based.</param>
    /// <param name="colors">Their colours; <see cref="ColorMap.Even"/> unless given.</param>
    /// <param name="maxRows">The strongest features are shown, the others as one bar; 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row, or no bar is asked for.</exception>
    /// <exception cref="NotFiniteException">A relevance is NaN or infinite.</exception>
    public static Figure Waterfall(this TableExplanation explanation, int sample = 0, ColorMap? colors = null, int maxRows = 12)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        var features = explanation.ByFeature(sample);
        var label = explanation.ClassesOf(explanation.Labels, sample)[explanation.Target[sample]].ShortName;
        return Rendering.Waterfall.Draw(
            [.. features.Select(feature => new Feature(feature.Name, feature.Value.ToString("#,0.####", CultureInfo.InvariantCulture), feature.Relevance))],
            explanation.StartOf(sample) ?? features.Sum(feature => (double)feature.Relevance),
            label,
            colors,
            maxRows);
    }
}
