namespace Layerwise;

/// <summary>A layer cannot be asked for what it was asked for: it is another network's, was not kept, has no such channels, or no relevance comes to it.</summary>
/// <param name="message">What is wrong, in a sentence.</param>
/// <param name="paramName">The parameter that it was given for.</param>
public sealed class LayerException(string message, string? paramName = null) : ArgumentException(message, paramName)
{
    /// <summary>The layer's name.</summary>
    public required string Layer { get; init; }

    /// <summary>What can be asked for, in words.</summary>
    public required string Expected { get; init; }

    /// <summary>What was asked for.</summary>
    public required string Actual { get; init; }
}
