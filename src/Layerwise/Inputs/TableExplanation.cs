namespace Layerwise;

/// <summary>What one feature of a row says for a class, or against it.</summary>
/// <param name="Name">The feature.</param>
/// <param name="Value">Its number, as it stands in the table.</param>
/// <param name="Relevance">Its relevance, in the unit that relevance started with: shares of 1, or of the logit.</param>
public sealed record FeatureRelevance(string Name, float Value, float Relevance);

/// <summary>Why a network said what it said about one or more rows of a table, feature by feature. Owns its tensors: dispose it.</summary>
public sealed class TableExplanation : Explanation
{
    private readonly InitialRelevance? _initial;

    internal TableExplanation(Explanation explanation, ITableExplainer explainer, IReadOnlyList<float[]> rows, InitialRelevance initial)
        : base(explanation, explainer.Labels)
    {
        (Table, Rows) = (explainer.Table, rows);
        _initial = explainer.Network.Layers.Any(layer => layer.Leak is not null) ? initial : null; // a derivative shares nothing out
    }

    /// <summary>The features.</summary>
    public TableInput Table { get; }

    /// <summary>The rows, as they stand in the table.</summary>
    public IReadOnlyList<float[]> Rows { get; }

    /// <summary>The relevance of each feature of a row.</summary>
    /// <param name="sample">Which row, 0-based.</param>
    /// <param name="strongestFirst">Whether they stand by the magnitude of their relevance; otherwise in the table's order.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public IReadOnlyList<FeatureRelevance> ByFeature(int sample = 0, bool strongestFirst = false)
    {
        Check(sample);
        var relevance = RelevanceValues.Slice(sample * Table.Features.Count, Table.Features.Count).ToArray();
        var features = Table.Features.Select((name, i) => new FeatureRelevance(name, Rows[sample][i], relevance[i]));
        return [.. strongestFirst ? features.OrderByDescending(feature => Math.Abs(feature.Relevance)) : features];
    }

    /// <summary>
    /// What the relevance of a row started with, which its features, biases and stabilizers share: 1, or the logit; of two classes the
    /// difference. <c>null</c> under a derivative, which shares nothing out.
    /// </summary>
    /// <param name="sample">Which row, 0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public double? StartOf(int sample = 0)
    {
        Check(sample);
        var width = LogitValues.Length / Rows.Count;
        var logits = LogitValues.Slice(sample * width, width);
        return _initial switch
        {
            null => null,
            InitialRelevance.OneHot => Against is null ? 1 : 0,
            _ => (double)logits[Target[sample]] - (Against is { } other ? logits[other] : 0),
        };
    }

    private void Check(int sample)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sample, Rows.Count);
    }
}
