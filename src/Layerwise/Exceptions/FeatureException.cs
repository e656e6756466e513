namespace Layerwise;

/// <summary>A row by name has other features than the table.</summary>
/// <param name="message">What is wrong, in a sentence.</param>
/// <param name="paramName">The parameter that it was given for.</param>
public sealed class FeatureException(string message, string? paramName = null) : ArgumentException(message, paramName)
{
    /// <summary>The features that the row lacks, in the table's order.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>The names in the row that are no features.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }
}
