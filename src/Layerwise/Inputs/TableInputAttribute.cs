namespace Layerwise;

/// <summary>
/// Says, beside an <see cref="ExplainerAttribute"/>, that the model's one input is a row of a table: [N, features]. The class then is an
/// <see cref="ITableExplainer"/>, its <c>Table</c> tells it all, and explanations name their features.
/// </summary>
/// <param name="features">
/// The names of the features, in the model's order; without any, those of the <c>LayerwiseModel</c> item's <c>Features</c> file, one a line.
/// </param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TableInputAttribute(params string[] features) : Attribute
{
    /// <summary>The names of the features, as given.</summary>
    public string[] Features { get; } = features;

    /// <summary>Subtracted from each number: one for all features, or one a feature; 0 unless given.</summary>
    public double[]? Mean { get; set; }

    /// <summary>Divides behind that: one for all features, or one a feature; above 0, 1 unless given.</summary>
    public double[]? Std { get; set; }

    /// <summary>
    /// A type whose properties are the features: <c>Explain</c> and <c>Predict</c> take it. A property belongs to the feature of its name,
    /// whatever the case and what is no letter or digit (<c>OpenLoans</c> to <c>open_loans</c>); it is a number, a bool (0 or 1) or an enum.
    /// </summary>
    public Type? Record { get; set; }
}
