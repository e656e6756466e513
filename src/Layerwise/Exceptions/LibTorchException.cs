namespace Layerwise;

/// <summary>libtorch, TorchSharp's native library, cannot be loaded: most often the program's project takes no package that brings it.</summary>
/// <param name="message">What is wrong, in a sentence.</param>
/// <param name="innerException">What the loader says.</param>
public sealed class LibTorchException(string message, Exception? innerException = null) : DllNotFoundException(message, innerException)
{
    /// <summary>The native library that cannot be loaded.</summary>
    public required string Library { get; init; }

    /// <summary>What the system's loader says of it, in a line.</summary>
    public required string Reason { get; init; }

    /// <summary>The NuGet package that brings it for this platform.</summary>
    public required string Package { get; init; }
}
