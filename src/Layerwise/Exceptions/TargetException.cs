namespace Layerwise;

/// <summary>The target of an explanation is none of the network's: it has no such class, or the batch has another number of samples.</summary>
/// <param name="message">What is wrong, in a sentence.</param>
/// <param name="paramName">The parameter that it was given for.</param>
/// <param name="actualValue">The class index that the network does not have, or the number of classes that were given.</param>
public sealed class TargetException(string message, string? paramName, int actualValue) : ArgumentOutOfRangeException(paramName, actualValue, message)
{
    /// <summary>ONNX name of the explained output.</summary>
    public required string Output { get; init; }

    /// <summary>What the target can be: <c>0 to 9</c> for a class, <c>1 or 32 classes</c> for their number.</summary>
    public required string Expected { get; init; }

    /// <summary>The class index that the network does not have, or the number of classes that were given.</summary>
    public int Actual => (int)ActualValue!;
}
