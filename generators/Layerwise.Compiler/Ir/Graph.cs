namespace Layerwise.Compiler.Ir;

/// <summary>A node: an operator with the names of the values that it reads and writes. An absent optional input is <c>""</c>.</summary>
public sealed record Node(string Name, Operator Operator, EquatableList<string> Inputs, EquatableList<string> Outputs)
{
    /// <summary>The first output; most operators have no other.</summary>
    public string Output => Outputs[0];

    public Node WithInputs(params IEnumerable<string> inputs) => this with { Inputs = new(inputs) };
}

/// <summary>A graph inside of a graph, over the values around it and its own.</summary>
public sealed record Branch(IReadOnlyList<Node> Nodes, IReadOnlyList<string> Outputs);

/// <summary>A network: nodes in the order in which they run, over named values. Passes make a new one of it.</summary>
public sealed record Graph
{
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>The outputs that are computed: the one to explain, or all of them where the network only predicts.</summary>
    public required IReadOnlyList<string> Outputs { get; init; }

    /// <summary>The output to explain.</summary>
    public string Output => Outputs[0];

    /// <summary>The explained value; <see cref="Output"/> unless a final Softmax or Sigmoid is stripped.</summary>
    public required string Logits { get; init; }

    /// <summary>Whether a Sigmoid is stripped: it gives each class a probability of its own, where a Softmax shares 1 out.</summary>
    public bool HasIndependentClasses { get; init; }

    public required IReadOnlyList<Node> Nodes { get; init; }

    /// <summary>Branches of <c>If</c> nodes by name, read where one is taken; none is left after InferShapes.</summary>
    public IReadOnlyDictionary<string, Lazy<Branch>> Branches { get; init; } = new Dictionary<string, Lazy<Branch>>();

    /// <summary>Nodes that have weights alone for inputs: they run once, at load.</summary>
    public IReadOnlyList<Node> Preparation { get; init; } = [];

    /// <summary>Weights by value name.</summary>
    public required IReadOnlyDictionary<string, Constant> Constants { get; init; }

    /// <summary>Values that are known when compiling, by name: shapes, axes, indices, factors.</summary>
    public required IReadOnlyDictionary<string, Known> Known { get; init; }

    /// <summary>The floating-point tensors of the file whose numbers the compiler has used: another file must have the same.</summary>
    public IReadOnlyCollection<string> Baked { get; init; } = [];

    /// <summary>Shapes of values; complete after InferShapes.</summary>
    public required IReadOnlyDictionary<string, Shape> Shapes { get; init; }

    /// <summary>What values are computed in; complete after InferShapes.</summary>
    public required IReadOnlyDictionary<string, ElementType> Types { get; init; }

    /// <summary>The narrower types that values of the file have, in which they are not computed, such as <c>float16</c>.</summary>
    public IReadOnlyDictionary<string, string> Formats { get; init; } = new Dictionary<string, string>();

    /// <summary>Values that are never negative; complete after AnalyzeSigns.</summary>
    public IReadOnlyCollection<string> NonNegative { get; init; } = new HashSet<string>();

    /// <summary>Values that say where something is and how many there are, not what it is; complete after AnalyzeMasks.</summary>
    public IReadOnlyCollection<string> Masks { get; init; } = new HashSet<string>();

    /// <summary>The batch size of the file's own inputs, where it is a number.</summary>
    public long? DeclaredBatch { get; init; }

    /// <summary>What was rewritten and why, for the reader.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether a value is computed at each call: no weight, and not known when compiling.</summary>
    public bool IsComputed(string value) => Shapes.ContainsKey(value) && !Constants.ContainsKey(value) && !Known.ContainsKey(value);

    /// <summary>The nodes that a value is computed from.</summary>
    public HashSet<Node> Before(string value)
    {
        var values = new HashSet<string> { value };
        var nodes = new HashSet<Node>();
        foreach (var node in Nodes.Reverse().Where(n => n.Outputs.Any(values.Contains)))
        {
            values.UnionWith(node.Inputs);
            nodes.Add(node);
        }

        return nodes;
    }

    public Graph Note(string note) => this with { Notes = [.. Notes, note] };
}
