namespace Layerwise;

/// <summary>An explainer of one model: what is generated for an <see cref="ExplainerAttribute"/>.</summary>
public interface IExplainer
{
    /// <summary>The network behind it.</summary>
    Runtime.Network Network { get; }

    /// <summary>The labels of the explained classes, by index; none where the model was built without.</summary>
    IReadOnlyList<string> Labels { get; }
}

/// <summary>An explainer whose classes have names.</summary>
/// <typeparam name="TLabel">The generated <c>Label</c>: each value is the index of its class.</typeparam>
#pragma warning disable CA1040 // It carries the type of the labels, which extension methods infer.
public interface IExplainer<TLabel> : IExplainer
    where TLabel : struct, Enum;
#pragma warning restore CA1040
