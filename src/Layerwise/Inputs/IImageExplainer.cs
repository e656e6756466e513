namespace Layerwise;

/// <summary>An explainer whose input is a picture: what is generated where the class has an <see cref="ImageInputAttribute"/>.</summary>
public interface IImageExplainer : IExplainer
{
    /// <summary>How a picture becomes the network's input.</summary>
    ImageInput Image { get; }
}

/// <summary>An explainer whose input is a picture and whose classes have names.</summary>
/// <typeparam name="TLabel">The generated <c>Label</c>: each value is the index of its class.</typeparam>
#pragma warning disable CA1040 // It carries the type of the labels, which extension methods infer.
public interface IImageExplainer<TLabel> : IImageExplainer, IExplainer<TLabel>
    where TLabel : struct, Enum;
#pragma warning restore CA1040
