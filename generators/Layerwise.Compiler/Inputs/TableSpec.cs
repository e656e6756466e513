using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Manifest;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Inputs;

/// <summary>A row of a table, as the runtime's <c>TableInput</c>: value = (number − mean) / std.</summary>
public sealed record TableSpec : InputSpec
{
    /// <summary>The names in the model's order; those of the manifest where there is none.</summary>
    public EquatableList<string> Features { get; init; } = EquatableList<string>.Empty;

    /// <summary>One number or one a feature.</summary>
    public EquatableList<double> Mean { get; init; } = new([0]);

    /// <summary>As <see cref="Mean"/>.</summary>
    public EquatableList<double> Std { get; init; } = new([1]);

    /// <summary>The type whose properties are the features, where there is one; once it fits, its properties are the features', in their order.</summary>
    public RowType? Row { get; init; }

    /// <summary>Nothing follows: what a first dense layer gets is the same for every table, declared or not.</summary>
    public override ExplainerSpec Complete(ExplainerSpec spec) => spec;

    public override InputSpec For(Graph graph, GraphManifest model)
    {
        if (Problem is { } problem)
        {
            throw new CompilationException("LW0006", $"The TableInput is out of range: {problem}.");
        }

        CompilationException Unfit(string what) => new("LW0007", $"The TableInput does not fit the model: {what}.");
        if (graph.Inputs is not [var input])
        {
            throw Unfit($"it is the one input of a model, and this one has {graph.Inputs.Count} ({Wording.List(graph.Inputs.Select(i => $"'{i}'"))})");
        }

        var shape = graph.Shapes[input];
        if (shape.Rank != 2 || shape.IsOpen || !graph.Types[input].IsFloat())
        {
            throw Unfit($"'{input}' is {shape} of {graph.Types[input]}; a table is [N, features], of floating-point numbers");
        }

        var features = Features.Count > 0 ? Features : new(model.Features);
        if (features.Count == 0)
        {
            throw Unfit("its features have no names; give them to the attribute, or Features=\"features.txt\", one a line, to the LayerwiseModel item");
        }

        if (features.Count != shape.SampleSize)
        {
            throw Unfit($"{features.Count} features have names, and '{input}' is {shape}; name {shape.SampleSize}");
        }

        if (Twice(features) is { } twice)
        {
            throw Unfit($"the feature '{twice}' is there twice; give each a name of its own");
        }

        foreach (var (name, count) in new[] { (nameof(Mean), Mean.Count), (nameof(Std), Std.Count) })
        {
            if (count != 1 && count != features.Count)
            {
                throw Unfit($"{name} has {count} numbers; give one, or one for each of {features.Count} features");
            }
        }

        return this with { Features = features, Row = Row?.For(features) };
    }

    private string? Problem
    {
        get
        {
            static bool IsNumber(double value) => !float.IsNaN((float)value) && !float.IsInfinity((float)value);
            return Mean.Count == 0 || !Mean.All(IsNumber) ? "Mean must be one finite number, or one a feature"
                : Std.Count == 0 || !Std.All(std => IsNumber(std) && (float)std > 0) ? $"Std is {string.Join(", ", Std.Select(Rule.Text))}; it must be one finite number above 0, or one a feature"
                : Features.Any(string.IsNullOrWhiteSpace) ? "a feature has no name"
                : Twice(Features) is { } twice ? $"the feature '{twice}' is there twice"
                : null;
        }
    }

    private static string? Twice(IEnumerable<string> names) => names.GroupBy(name => name).FirstOrDefault(same => same.Count() > 1)?.Key;
}
