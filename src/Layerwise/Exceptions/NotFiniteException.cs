namespace Layerwise;

/// <summary>A number is NaN or infinite, where one must be finite.</summary>
/// <param name="message">What is wrong, in a sentence.</param>
/// <param name="paramName">The parameter that it was given for.</param>
public sealed class NotFiniteException(string message, string? paramName = null) : ArgumentException(message, paramName)
{
    /// <summary>What is not finite: an input by its ONNX name, a feature by its name, or in a word what it is (<c>relevance</c>).</summary>
    public required string Name { get; init; }

    /// <summary>Where it stands among the given numbers, 0-based.</summary>
    public required int Index { get; init; }

    /// <summary>The number: NaN or an infinity.</summary>
    public required double Actual { get; init; }
}
