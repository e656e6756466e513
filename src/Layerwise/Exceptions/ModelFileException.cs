namespace Layerwise;

/// <summary>
/// A model file, or a file of its external data, cannot be used: it is no ONNX file, is damaged, or was changed while it was in use. Where its weights are
/// other than the program needs, a <see cref="WeightsException"/>; where there is no such file, a <see cref="FileNotFoundException"/>.
/// </summary>
/// <param name="message">What is wrong, in a sentence.</param>
/// <param name="innerException">What caused it.</param>
public class ModelFileException(string message, Exception? innerException = null) : IOException(message, innerException)
{
    /// <summary>The file's path, as it was given.</summary>
    public required string Path { get; init; }
}
