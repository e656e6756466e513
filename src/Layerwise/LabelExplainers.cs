using static TorchSharp.torch;

namespace Layerwise;

/// <summary>
/// What an explainer can be asked about classes by their labels. These are no members of its class: to C# the 0 of <c>ExplainEach(input, [0])</c> would be
/// a label as much as an index.
/// </summary>
public static class LabelExplainers
{
    /// <summary>Explains several classes of one forward pass, of a network of one input.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="input">[N, …] with the input's sample shape.</param>
    /// <param name="labels">The classes, each for the whole batch.</param>
    /// <param name="options">What each relevance starts with, and what each explanation brings along.</param>
    /// <returns>An explanation for each class, in their order, each the caller's to dispose.</returns>
    /// <exception cref="ShapeException">The input has another shape or type, or the network several inputs.</exception>
    /// <exception cref="NotFiniteException">A number of the input is NaN or infinite.</exception>
    /// <exception cref="ArgumentException">There is no label.</exception>
    public static IReadOnlyList<Explanation> ExplainEach<TLabel>(this IExplainer<TLabel> explainer, Tensor input, IReadOnlyList<TLabel> labels, ExplainOptions? options = null)
        where TLabel : struct, Enum => explainer.ExplainEach([input], labels, options);

    /// <summary>Explains several classes of one forward pass.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="inputs">One tensor an input, in the model's order.</param>
    /// <param name="labels">The classes, each for the whole batch.</param>
    /// <param name="options">What each relevance starts with, and what each explanation brings along.</param>
    /// <returns>An explanation for each class, in their order, each the caller's to dispose.</returns>
    /// <exception cref="ShapeException">The number, shape, batch or type of the inputs does not fit.</exception>
    /// <exception cref="NotFiniteException">A number of an input is NaN or infinite.</exception>
    /// <exception cref="ArgumentException">There is no label.</exception>
    public static IReadOnlyList<Explanation> ExplainEach<TLabel>(this IExplainer<TLabel> explainer, IReadOnlyList<Tensor> inputs, IReadOnlyList<TLabel> labels, ExplainOptions? options = null)
        where TLabel : struct, Enum
    {
        ArgumentNullException.ThrowIfNull(explainer);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(labels);
        return explainer.Network.ExplainEach([.. inputs], [.. labels.Select(Target.Class)], options ?? ExplainOptions.Default);
    }
}
