namespace Layerwise;

/// <summary>A whole number is none of those that the network can look up: an id outside of its vocabulary, a position beyond its last one.</summary>
/// <param name="message">What is wrong, in a sentence.</param>
/// <param name="paramName">The parameter that it was given for.</param>
/// <param name="actualValue">The number.</param>
public sealed class UnknownIdException(string message, string? paramName, long actualValue) : ArgumentOutOfRangeException(paramName, actualValue, message)
{
    /// <summary>The input that the number stands in, by its ONNX name; <c>indices</c> where the network has computed it.</summary>
    public required string Name { get; init; }

    /// <summary>Where the number stands, 0-based along each axis: the sample and the place in it.</summary>
    public required IReadOnlyList<long> Position { get; init; }

    /// <summary>The numbers that the network can look up, such as <c>0 to 30521</c>; ONNX counts negative ones from the end.</summary>
    public required string Expected { get; init; }

    /// <summary>The number.</summary>
    public long Actual => (long)ActualValue!;
}
