using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes.Recognition;

/// <summary>One operator that several nodes compute.</summary>
/// <param name="Operator">It.</param>
/// <param name="Inputs">What it reads.</param>
internal sealed record Found(Operator Operator, params IReadOnlyList<string> Inputs)
{
    /// <summary>What brings its output into the shape that the nodes gave it.</summary>
    public Operator? Then { get; init; }
}

/// <summary>What recognizers of several operators as one have in common: looking back from the last of them.</summary>
internal abstract class Pattern(Graph graph)
{
    private readonly Uses _uses = new(graph);
    private readonly HashSet<string> _read = [];
    private ValueNames? _names;

    /// <summary>Numbers of the file that the patterns found hold.</summary>
    public HashSet<string> Used { get; } = [];

    /// <summary>The operator whose last node this is; the numbers that it reads are used where it is found.</summary>
    public Found? Find(Node node)
    {
        _read.Clear();
        var found = Match(node);
        if (found is not null)
        {
            Used.UnionWith(_read);
        }

        return found;
    }

    /// <summary>Weights that the operators found are made of.</summary>
    public Dictionary<string, Constant> Defined { get; } = [];

    protected abstract Found? Match(Node node);

    protected Graph Graph => graph;

    protected Node? Producer(string value) => _uses.Producer(value);

    /// <summary>Whether a value is read once, and is no output.</summary>
    protected bool IsInner(string value) => _uses.OnlyConsumer(value) is not null;

    /// <summary>The shape of a value that is computed; <c>null</c> for others.</summary>
    protected Shape? Computed(string value) => !graph.Constants.ContainsKey(value) && !graph.Known.ContainsKey(value) && graph.Shapes.TryGetValue(value, out var shape) ? shape : null;

    /// <summary>The computed input and the weight of a node that has one of each.</summary>
    protected (string Value, string Weight)? WithWeight(Node? node) => node is not { Inputs.Count: 2 } ? null
        : IsWeight(node.Inputs[1]) && Computed(node.Inputs[0]) is not null ? (node.Inputs[0], node.Inputs[1])
        : IsWeight(node.Inputs[0]) && Computed(node.Inputs[1]) is not null ? (node.Inputs[1], node.Inputs[0])
        : null;

    /// <summary>Names a weight that is made of others.</summary>
    protected string Define(string name, Constant constant)
    {
        var fresh = (_names ??= ValueNames.Of(graph)).Fresh(name);
        Defined[fresh] = constant;
        return fresh;
    }

    private bool IsWeight(string value) => graph.Constants.TryGetValue(value, out var weight) && weight.Type == ElementType.Float32;

    /// <summary>The input of a function of elements by name.</summary>
    protected string? Function(string value, string name) => Producer(value) is { Operator: Elementwise elementwise } node && elementwise.Name == name ? node.Inputs[0] : null;

    /// <summary>The other term of a sum with a number.</summary>
    protected string? Plus(string value, double number) => Producer(value) is not { Operator: Sum, Inputs.Count: 2 } sum ? null
        : Number(sum.Inputs[0]) is { } first && Same(first, number) ? sum.Inputs[1]
        : Number(sum.Inputs[1]) is { } second && Same(second, number) ? sum.Inputs[0] : null;

    /// <summary>A value that is another plus a number.</summary>
    protected (string Value, double Number)? Shifted(string value) => Producer(value) is not { Operator: Sum, Inputs.Count: 2 } sum ? null
        : Number(sum.Inputs[1]) is { } second ? (sum.Inputs[0], second)
        : Number(sum.Inputs[0]) is { } first ? (sum.Inputs[1], first)
        : null;

    /// <summary>What a value is the square of.</summary>
    protected string? SquareOf(string value) => Producer(value) switch
    {
        { Operator: Elementwise { Name: "Mul" } } node when node.Inputs[0] == node.Inputs[1] => node.Inputs[0],
        { Operator: Elementwise { Name: "Pow" } } node when Number(node.Inputs[1]) is 2 => node.Inputs[0],
        _ => null,
    };

    /// <summary>What a value is a power of.</summary>
    protected (string Value, double Exponent)? PowerOf(string value) => Producer(value) switch
    {
        { Operator: Elementwise { Name: "Sqrt" } } node => (node.Inputs[0], 0.5),
        { Operator: Elementwise { Name: "Reciprocal" } } node => PowerOf(node.Inputs[0]) is { } inner ? (inner.Value, -inner.Exponent) : (node.Inputs[0], -1),
        { Operator: Elementwise { Name: "Div" } } node when Number(node.Inputs[0]) is 1 => PowerOf(node.Inputs[1]) is { } inner ? (inner.Value, -inner.Exponent) : (node.Inputs[1], -1),
        { Operator: Elementwise { Name: "Pow" } } node when Number(node.Inputs[1]) is { } exponent => (node.Inputs[0], exponent),
        _ => null,
    };

    /// <summary>A value that is another times or over a power of a third.</summary>
    protected IEnumerable<(string Value, string Base, double Exponent)> TimesPower(Node node)
    {
        if (node.Operator is Elementwise { Name: "Div" } && PowerOf(node.Inputs[1]) is { } below)
        {
            yield return (node.Inputs[0], below.Value, -below.Exponent);
        }

        for (var i = 0; i < 2 && node.Operator is Elementwise { Name: "Mul" }; i++)
        {
            if (PowerOf(node.Inputs[i]) is { } power)
            {
                yield return (node.Inputs[1 - i], power.Value, power.Exponent);
            }
        }
    }

    /// <summary>What a value is the mean of, and over which axes, where they stay with size 1.</summary>
    protected (string Value, EquatableList<long> Axes)? MeanOf(string value)
        => Producer(value) is { Operator: Reduce { Source: "ReduceMean", KeepAxes: true, Axes: { } axes } } mean ? (mean.Inputs[0], axes) : null;

    /// <summary>The value before nodes that change shapes alone.</summary>
    protected string BeforeReshapes(string value)
        => Producer(value) is { Operator: Reshape or Squeeze or Unsqueeze or Flatten } node ? BeforeReshapes(node.Inputs[0]) : value;

    /// <summary>A value that is a number times another.</summary>
    protected (string Value, double Number)? Scaled(string value) => Producer(value) switch
    {
        { Operator: Elementwise { Name: "Mul" } } node when Number(node.Inputs[0]) is { } number => (node.Inputs[1], number),
        { Operator: Elementwise { Name: "Mul" } } node when Number(node.Inputs[1]) is { } number => (node.Inputs[0], number),
        { Operator: Elementwise { Name: "Div" } } node when Number(node.Inputs[1]) is { } number => (node.Inputs[0], 1.0 / number),
        _ => null,
    };

    /// <summary>The number that a value is, where it is one of the graph.</summary>
    protected double? Number(string value)
    {
        if (!graph.Known.TryGetValue(value, out var known) || known is not KnownFloats { Values: [var number] })
        {
            return null;
        }

        if (graph.Constants.TryGetValue(value, out var constant) && constant is Constant.Stored stored)
        {
            _read.Add(stored.Name);
        }

        return number;
    }

    protected static bool Same(double a, double b) => Math.Abs(a - b) <= 1e-4 * Math.Abs(b);
}
