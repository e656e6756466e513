namespace Layerwise;

/// <summary>The composite that a network was compiled with does not hold for the weights that were loaded: they break a condition of its derivation.</summary>
/// <param name="message">What is wrong, in a sentence.</param>
public sealed class CompositeException(string message) : InvalidOperationException(message)
{
    /// <summary>The composite.</summary>
    public required Composite Composite { get; init; }

    /// <summary>The layer whose weights break its condition.</summary>
    public required string Layer { get; init; }

    /// <summary>The condition.</summary>
    public required string Expected { get; init; }

    /// <summary>What the weights are.</summary>
    public required string Actual { get; init; }
}
