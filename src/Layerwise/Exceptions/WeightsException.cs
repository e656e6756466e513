namespace Layerwise;

/// <summary>A tensor of a model file is missing or is another than the network was compiled for: the file holds another graph, or no weights.</summary>
/// <param name="message">What is wrong, in a sentence.</param>
public sealed class WeightsException(string message) : ModelFileException(message)
{
    /// <summary>The tensor's ONNX name.</summary>
    public required string Tensor { get; init; }

    /// <summary>What it must be: its shape, element type or numbers.</summary>
    public required string Expected { get; init; }

    /// <summary>What it is; <c>missing</c> where there is none.</summary>
    public required string Actual { get; init; }
}
