namespace Layerwise;

/// <summary>Predicts and explains rows of a table, given as they stand there: whatever an explainer's <c>[TableInput]</c> says is done to them first.</summary>
public static class TableExplainers
{
    /// <summary>Explains rows in one batch.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="rows">One or more, a number for each feature in the table's order.</param>
    /// <param name="target">The explained class of each; the arg-max unless given.</param>
    /// <param name="options">What the relevance starts with, and what the explanation brings along.</param>
    /// <exception cref="ShapeException">A row has more or fewer numbers than the table features.</exception>
    /// <exception cref="NotFiniteException">A number of a row is NaN or infinite.</exception>
    /// <exception cref="TargetException">The network has no such class, or the batch another number of samples.</exception>
    /// <exception cref="LayerException">The options name a layer that is none of the network's, or cannot be asked.</exception>
    public static TableExplanation ExplainRows(this ITableExplainer explainer, IReadOnlyList<float[]> rows, Target target = default, ExplainOptions? options = null)
    {
        var samples = Samples(explainer, rows);
        options ??= ExplainOptions.Default;
        return new TableExplanation(explainer.Network.Explain(samples, target, options), explainer, rows, options.Initial);
    }

    /// <summary>Explains one class of rows in one batch.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="rows">One or more, a number for each feature in the table's order.</param>
    /// <param name="label">The explained class of all.</param>
    /// <param name="options">What the relevance starts with, and what the explanation brings along.</param>
    /// <exception cref="ShapeException">A row has more or fewer numbers than the table features.</exception>
    /// <exception cref="NotFiniteException">A number of a row is NaN or infinite.</exception>
    /// <exception cref="LayerException">The options name a layer that is none of the network's, or cannot be asked.</exception>
    public static TableExplanation ExplainRows<TLabel>(this ITableExplainer<TLabel> explainer, IReadOnlyList<float[]> rows, TLabel label, ExplainOptions? options = null)
        where TLabel : struct, Enum => explainer.ExplainRows(rows, Target.Class(label), options);

    /// <summary>Explains a row.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="row">A number for each feature in the table's order.</param>
    /// <param name="target">The explained class; the arg-max unless given.</param>
    /// <param name="options">What the relevance starts with, and what the explanation brings along.</param>
    /// <exception cref="ShapeException">A row has more or fewer numbers than the table features.</exception>
    /// <exception cref="NotFiniteException">A number of a row is NaN or infinite.</exception>
    /// <exception cref="TargetException">The network has no such class, or the batch another number of samples.</exception>
    /// <exception cref="LayerException">The options name a layer that is none of the network's, or cannot be asked.</exception>
    public static TableExplanation ExplainRow(this ITableExplainer explainer, ReadOnlySpan<float> row, Target target = default, ExplainOptions? options = null)
        => explainer.ExplainRows([row.ToArray()], target, options);

    /// <summary>Explains one class of a row.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="row">A number for each feature in the table's order.</param>
    /// <param name="label">The explained class.</param>
    /// <param name="options">What the relevance starts with, and what the explanation brings along.</param>
    /// <exception cref="ShapeException">A row has more or fewer numbers than the table features.</exception>
    /// <exception cref="NotFiniteException">A number of a row is NaN or infinite.</exception>
    /// <exception cref="LayerException">The options name a layer that is none of the network's, or cannot be asked.</exception>
    public static TableExplanation ExplainRow<TLabel>(this ITableExplainer<TLabel> explainer, ReadOnlySpan<float> row, TLabel label, ExplainOptions? options = null)
        where TLabel : struct, Enum => explainer.ExplainRows([row.ToArray()], Target.Class(label), options);

    /// <summary>Explains a row whose numbers have names.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="row">A number for each feature, in any order.</param>
    /// <param name="target">The explained class; the arg-max unless given.</param>
    /// <param name="options">What the relevance starts with, and what the explanation brings along.</param>
    /// <exception cref="FeatureException">A feature is missing, or there is one that the table has not.</exception>
    /// <exception cref="NotFiniteException">A number is NaN or infinite.</exception>
    /// <exception cref="TargetException">The network has no such class, or the batch another number of samples.</exception>
    /// <exception cref="LayerException">The options name a layer that is none of the network's, or cannot be asked.</exception>
    public static TableExplanation ExplainRow(this ITableExplainer explainer, IReadOnlyDictionary<string, float> row, Target target = default, ExplainOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(explainer);
        return explainer.ExplainRows([explainer.Table.Order(row)], target, options);
    }

    /// <summary>Explains one class of a row whose numbers have names.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="row">A number for each feature, in any order.</param>
    /// <param name="label">The explained class.</param>
    /// <param name="options">What the relevance starts with, and what the explanation brings along.</param>
    /// <exception cref="FeatureException">A feature is missing, or there is one that the table has not.</exception>
    /// <exception cref="NotFiniteException">A number is NaN or infinite.</exception>
    /// <exception cref="LayerException">The options name a layer that is none of the network's, or cannot be asked.</exception>
    public static TableExplanation ExplainRow<TLabel>(this ITableExplainer<TLabel> explainer, IReadOnlyDictionary<string, float> row, TLabel label, ExplainOptions? options = null)
        where TLabel : struct, Enum => explainer.ExplainRow(row, Target.Class(label), options);

    /// <summary>Runs the network forward.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="rows">One or more, a number for each feature in the table's order.</param>
    /// <param name="cancellationToken">Cancels the call, from any thread, at the next value that a layer computes.</param>
    /// <returns>The model's output for each row in row-major order.</returns>
    /// <exception cref="ShapeException">A row has more or fewer numbers than the table features.</exception>
    /// <exception cref="NotFiniteException">A number of a row is NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static float[] PredictRows(this ITableExplainer explainer, IReadOnlyList<float[]> rows, CancellationToken cancellationToken = default)
    {
        var samples = Samples(explainer, rows);
        return explainer.Network.Predict(samples, cancellationToken);
    }

    /// <summary>Runs the network forward.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="row">A number for each feature in the table's order.</param>
    /// <param name="cancellationToken">Cancels the call, from any thread, at the next value that a layer computes.</param>
    /// <returns>The model's output.</returns>
    /// <exception cref="ShapeException">A row has more or fewer numbers than the table features.</exception>
    /// <exception cref="NotFiniteException">A number of a row is NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static float[] PredictRow(this ITableExplainer explainer, ReadOnlySpan<float> row, CancellationToken cancellationToken = default) => explainer.PredictRows([row.ToArray()], cancellationToken);

    /// <summary>Runs the network forward.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="row">A number for each feature, in any order.</param>
    /// <param name="cancellationToken">Cancels the call, from any thread, at the next value that a layer computes.</param>
    /// <returns>The model's output.</returns>
    /// <exception cref="FeatureException">A feature is missing, or there is one that the table has not.</exception>
    /// <exception cref="NotFiniteException">A number is NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static float[] PredictRow(this ITableExplainer explainer, IReadOnlyDictionary<string, float> row, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(explainer);
        return explainer.PredictRows([explainer.Table.Order(row)], cancellationToken);
    }

    private static float[] Samples(ITableExplainer explainer, IReadOnlyList<float[]> rows)
    {
        ArgumentNullException.ThrowIfNull(explainer);
        ArgumentNullException.ThrowIfNull(rows);
        return rows.Count > 0 ? [.. rows.SelectMany(row => explainer.Table.ToSample(row))] : throw new ArgumentException("There is no row; give one or more.", nameof(rows));
    }
}
