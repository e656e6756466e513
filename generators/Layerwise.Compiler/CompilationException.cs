namespace Layerwise.Compiler;

/// <summary>A model that can't be compiled, with the problem that the user must solve.</summary>
public sealed class CompilationException(string id, string message) : Exception(message)
{
    public string Id { get; } = id;

    /// <summary>The value that would have to be known when compiling, where that is the problem.</summary>
    public string? Constant { get; init; }

    /// <summary>The network's inputs that <see cref="Constant"/> is computed from.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>The same, once it is known what the value is computed from.</summary>
    public CompilationException From(IReadOnlyList<string> inputs)
    {
        var list = string.Join(", ", inputs.Select(i => $"'{i}'"));
        return new(Id, inputs.Count == 0 || inputs.Contains(Constant) ? Message : $"{Message} It is computed from {(inputs.Count == 1 ? "the input" : "the inputs")} {list}.") { Constant = Constant, Inputs = inputs };
    }

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
