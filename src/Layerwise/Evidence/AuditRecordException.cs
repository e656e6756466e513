namespace Layerwise.Evidence;

/// <summary>A text is no audit record that this version reads, or an incomplete one.</summary>
/// <param name="message">What is wrong, in a sentence.</param>
/// <param name="innerException">What caused it.</param>
public sealed class AuditRecordException(string message, Exception? innerException = null) : FormatException(message, innerException)
{
    /// <summary>What is wrong, as a path in the record: <c>model.files.sha256</c>; empty where it is all of it.</summary>
    public required string Path { get; init; }

    /// <summary>What should stand there.</summary>
    public required string Expected { get; init; }

    /// <summary>What stands there; <c>missing</c> where it is nothing.</summary>
    public required string Actual { get; init; }
}
