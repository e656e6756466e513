namespace Layerwise;

/// <summary>An explainer whose inputs are the tokens of a text: what is generated where the class has a <see cref="TextInputAttribute"/>.</summary>
public interface ITextExplainer : IExplainer
{
    /// <summary>How the tokens become the network's inputs.</summary>
    TextInput Text { get; }
}

/// <summary>An explainer whose inputs are the tokens of a text and whose classes have names.</summary>
/// <typeparam name="TLabel">The generated <c>Label</c>: each value is the index of its class.</typeparam>
#pragma warning disable CA1040 // It carries the type of the labels, which extension methods infer.
public interface ITextExplainer<TLabel> : ITextExplainer, IExplainer<TLabel>
    where TLabel : struct, Enum;
#pragma warning restore CA1040
