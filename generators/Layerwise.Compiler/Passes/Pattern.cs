using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>What recognizers of several operators as one have in common: looking back from a value.</summary>
internal class Pattern(Graph graph)
{
    private readonly Uses _uses = new(graph);
    private readonly HashSet<string> _read = [];

    /// <summary>Numbers of the file that the patterns found hold.</summary>
    public HashSet<string> Used { get; } = [];

    /// <summary>Looks for a pattern; the numbers that it reads are used where it is found.</summary>
    protected T? Look<T>(Func<T?> match) where T : struct
    {
        _read.Clear();
        var found = match();
        if (found is not null)
        {
            Used.UnionWith(_read);
        }

        return found;
    }

    public Node? Producer(string value) => _uses.Producer(value);

    /// <summary>The input of a function of elements by name.</summary>
    public string? Function(string value, string name) => Producer(value) is { Operator: Elementwise elementwise } node && elementwise.Name == name ? node.Inputs[0] : null;

    /// <summary>The other term of a sum with a number.</summary>
    public string? Plus(string value, double number) => Producer(value) is not { Operator: Sum, Inputs.Count: 2 } sum ? null
        : Number(sum.Inputs[0]) is { } first && Same(first, number) ? sum.Inputs[1]
        : Number(sum.Inputs[1]) is { } second && Same(second, number) ? sum.Inputs[0] : null;

    /// <summary>A value that is a number times another.</summary>
    public (string Value, double Number)? Scaled(string value) => Producer(value) switch
    {
        { Operator: Elementwise { Name: "Mul" } } node when Number(node.Inputs[0]) is { } number => (node.Inputs[1], number),
        { Operator: Elementwise { Name: "Mul" } } node when Number(node.Inputs[1]) is { } number => (node.Inputs[0], number),
        { Operator: Elementwise { Name: "Div" } } node when Number(node.Inputs[1]) is { } number => (node.Inputs[0], 1.0 / number),
        _ => null,
    };

    /// <summary>The number that a value is, where it is one of the graph.</summary>
    public double? Number(string value)
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

    public static bool Same(double a, double b) => Math.Abs(a - b) <= 1e-4 * Math.Abs(b);
}
