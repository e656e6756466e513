namespace Layerwise.Onnx;

/// <summary>A model or labels file that cannot be used; the message says what is wrong, where, and what to do.</summary>
/// <param name="id">The diagnostic's id, <c>LW0101</c> to <c>LW0105</c>.</param>
/// <param name="message">The message; one line, whatever a hostile model put into a name.</param>
public sealed class OnnxException(string id, string message) : Exception(Wording.OneLine(message))
{
    internal const string Missing = "LW0101", Corrupt = "LW0102", Labels = "LW0103", Malformed = "LW0104", External = "LW0105";

    /// <summary>The diagnostic's id, <c>LW0101</c> to <c>LW0105</c>.</summary>
    public string Id { get; } = id;
}
