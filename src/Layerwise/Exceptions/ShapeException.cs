namespace Layerwise;

/// <summary>What is given has another shape than it must have: another number of tensors or values, other sizes, or elements of another type.</summary>
/// <param name="message">What is wrong, in a sentence.</param>
/// <param name="paramName">The parameter that it was given for.</param>
public sealed class ShapeException(string message, string? paramName = null) : ArgumentException(message, paramName)
{
    /// <summary>What has that shape: an input by its ONNX name, or in a word what it is (<c>relevance</c>, <c>row</c>).</summary>
    public required string Name { get; init; }

    /// <summary>The shape that it must have, such as <c>[N, 3, 224, 224]</c>; in words where it is none of a tensor.</summary>
    public required string Expected { get; init; }

    /// <summary>The shape that it has.</summary>
    public required string Actual { get; init; }
}
