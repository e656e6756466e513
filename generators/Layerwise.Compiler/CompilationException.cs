namespace Layerwise.Compiler;

/// <summary>A model that can't be compiled, with the problem that the user must solve.</summary>
public sealed class CompilationException(string id, string message) : Exception(message)
{
    public string Id { get; } = id;

    /// <summary>The value that would have to be known when compiling, where that is the problem.</summary>
    public string? Constant { get; init; }

    /// <summary>A value that the operator must know when compiling, such as a shape or a weight.</summary>
    public static CompilationException NotConstant(string node, string op, string what, string value)
        => new("LW0206", $"{op} node '{node}': {what} '{value}' is not known when compiling. Export the model with '{value}' as a constant.") { Constant = value };

    /// <summary>An attribute or a form of a supported operator that is not supported.</summary>
    public static CompilationException Unsupported(string node, string op, string what, string remedy)
        => new("LW0202", $"{op} node '{node}': {what}. {remedy}");

    /// <summary>Shapes that do not fit each other.</summary>
    public static CompilationException Shape(string node, string op, string what)
        => new("LW0203", $"{op} node '{node}': {what}. Check the model with its exporter, or export it with fixed shapes.");
}
