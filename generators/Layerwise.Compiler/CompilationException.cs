namespace Layerwise.Compiler;

/// <summary>A model that can't be compiled, with the problem that the user must solve.</summary>
public sealed class CompilationException(string id, string message) : Exception(message)
{
    public string Id { get; } = id;

    /// <summary>An attribute or a form of a supported operator that is not supported.</summary>
    public static CompilationException Unsupported(string node, string op, string what, string remedy)
        => new("LW0202", $"{op} node '{node}': {what}. {remedy}");

    /// <summary>Shapes that do not fit each other.</summary>
    public static CompilationException Shape(string node, string op, string what)
        => new("LW0203", $"{op} node '{node}': {what}. Check the model with its exporter, or export it with fixed shapes.");
}
