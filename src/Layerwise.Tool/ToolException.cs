namespace Layerwise.Tool;

/// <summary>What the user can put right. Each line becomes one <c>error: …</c> line; the tool then ends with exit code 1.</summary>
internal sealed class ToolException(params string[] lines) : Exception(string.Join(Environment.NewLine, lines))
{
    public IReadOnlyList<string> Lines { get; } = lines;
}
