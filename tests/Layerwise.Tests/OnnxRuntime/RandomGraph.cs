using Layerwise.Testing;

namespace Layerwise.Tests.OnnxRuntime;

/// <summary>What a random graph is made from: numbers alone, so that a test framework can make them smaller.</summary>
/// <param name="Seed">Of weights and inputs.</param>
/// <param name="Sample">The shape of one sample of the input.</param>
/// <param name="IsOpen">Whether the file leaves the last size of it open.</param>
/// <param name="Steps">Operators, by their place in the table, with the choices that each one makes.</param>
internal sealed record RandomPlan(int Seed, int[] Sample, bool IsOpen, (int Operator, byte[] Choices)[] Steps)
{
    public override string ToString() => $"seed {Seed}, [{string.Join(", ", Sample)}]{(IsOpen ? " open" : "")}";
}

/// <summary>A float32 value of a random graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sample">Its shape without the batch, which stands first.</param>
/// <param name="IsExact">Whether every runtime has the same bits, so that functions with steps in them may read it.</param>
internal sealed record RandomValue(string Name, int[] Sample, bool IsExact)
{
    /// <summary>The shape with the batch.</summary>
    public int Rank => Sample.Length + 1;

    public int Elements => Sample.Aggregate(1, (a, b) => a * b);
}

/// <summary>
/// A graph as it grows: <see cref="RandomOperators"/> asks it for values of the rank that an operator wants, for weights, and for numbers
/// of the plan, and adds nodes. What nobody reads in the end is an output.
/// </summary>
internal sealed class RandomGraph
{
    private const int MostElements = 600;

    private readonly List<RandomValue> _values = [];
    private readonly Queue<byte> _choices = new();
    private readonly Random _random;
    private int _names;

    public RandomGraph(RandomPlan plan)
    {
        _random = new Random(plan.Seed);
        Model = new ModelBuilder(opset: 24);
        Model.Model.IrVersion = 10;
        Model.Model.OpsetImport.Add(new Oracle.Onnx.OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        Model.Input("x", ["N", .. plan.Sample.Select((d, i) => plan.IsOpen && i == plan.Sample.Length - 1 ? "open" : (object)d)]);
        _values.Add(new RandomValue("x", plan.Sample, IsExact: true));
        foreach (var (index, choices) in plan.Steps)
        {
            _choices.Clear();
            Array.ForEach(choices, _choices.Enqueue);
            var (name, add) = RandomOperators.All[index % RandomOperators.All.Count];
            add(this, name);
        }

        var read = Model.Model.Graph.Node.SelectMany(n => n.Input).ToHashSet();
        foreach (var value in _values.Where(v => !read.Contains(v.Name)))
        {
            Model.Output(value.Name, ["N", .. value.Sample.Select(d => (object)d)]);
        }
    }

    public ModelBuilder Model { get; }

    /// <summary>One line a node.</summary>
    public override string ToString()
    {
        var graph = Model.Model.Graph;
        string Shapes(string name) => graph.Initializer.FirstOrDefault(t => t.Name == name) is { } weight ? $"{name}:[{string.Join(",", weight.Dims)}]"
            : _values.Find(v => v.Name == name) is { } value ? $"{name}:[{string.Join(",", value.Sample.Select(d => (object)d).Prepend("N"))}]" : name;
        return string.Join("\n", graph.Node.Select(n => $"  {string.Join(", ", n.Output.Select(Shapes))} = {n.OpType}({string.Join(", ", n.Input.Select(Shapes))}) "
            + string.Join(" ", n.Attribute.Select(a => $"{a.Name}={(a.Ints.Count > 0 ? string.Join(",", a.Ints) : a.S.Length > 0 ? a.S.ToStringUtf8() : a.F != 0 ? a.F : a.I)}"))));
    }

    /// <summary>A number of the plan; the low one where the plan has no more.</summary>
    public int Between(int low, int high) => low + (_choices.TryDequeue(out var choice) ? choice % (high - low + 1) : 0);

    public bool Chance() => Between(0, 1) == 1;

    public T One<T>(params ReadOnlySpan<T> of) => of[Between(0, of.Length - 1)];

    /// <summary>Any value; one made flat where it has grown large.</summary>
    public RandomValue Value() => Small(_values[^Between(1, Math.Min(4, _values.Count))]);

    /// <summary>A value that every runtime computes to the same bits.</summary>
    public RandomValue Exact()
    {
        var exact = _values.Where(v => v.IsExact).ToList();
        return Small(exact[^Between(1, Math.Min(3, exact.Count))]);
    }

    /// <summary>A value of a rank, the batch counted; reshaped where it has another one.</summary>
    public RandomValue OfRank(int rank, RandomValue? of = null)
    {
        var value = of ?? Value();
        if (value.Rank == rank)
        {
            return value;
        }

        // The last axes stay, those before them become one.
        var rest = value.Sample[Math.Max(0, value.Sample.Length - rank + 2)..];
        var first = value.Elements / rest.Aggregate(1, (a, b) => a * b);
        return Reshape(value, [.. Enumerable.Repeat(1, Math.Max(0, rank - 2 - rest.Length)), .. rest.Length < rank - 1 ? [first, .. rest] : rest]);
    }

    /// <summary>A value of at least a rank.</summary>
    public RandomValue AtLeast(int rank, RandomValue? of = null) => (of ?? Value()) is var value && value.Rank >= rank ? value : OfRank(rank, value);

    /// <summary>A value of a sample's shape: another one's that has it already, or a new one.</summary>
    public RandomValue Like(RandomValue other)
    {
        var same = _values.Where(v => v.Sample.SequenceEqual(other.Sample)).ToList();
        return same[^Between(1, same.Count)];
    }

    /// <summary>A value squeezed into a range, for functions that are not defined, or run away, elsewhere.</summary>
    public RandomValue Within(float low, float high, RandomValue? of = null)
    {
        var value = of ?? Value();
        var squeezed = Add("Sigmoid", [value.Name], value.Sample);
        var scaled = Add("Mul", [squeezed.Name, Numbers([], high - low, high - low)], value.Sample);
        return Add("Add", [scaled.Name, Numbers([], low, low)], value.Sample);
    }

    public RandomValue Reshape(RandomValue value, params int[] sample)
        => Add("Reshape", [value.Name, Integers([-1, .. sample])], sample, value.IsExact);

    /// <summary>A weight.</summary>
    public string Numbers(int[] shape, double low = -1, double high = 1)
    {
        var name = $"w{++_names}";
        var values = Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => (float)(low + ((high - low) * _random.NextDouble()))).ToArray();
        Model.Tensor(name, values, [.. shape.Select(d => (long)d)]);
        return name;
    }

    /// <summary>A weight that keeps the size of what it is multiplied with, given how many products are summed.</summary>
    public string Weight(int summed, params int[] shape) => Numbers(shape, -1.5 / Math.Sqrt(summed), 1.5 / Math.Sqrt(summed));

    /// <summary>A list of integers.</summary>
    public string Integers(params IReadOnlyList<int> values) => Integers(values, [values.Count]);

    public string Integers(IReadOnlyList<int> values, int[] shape)
    {
        var name = $"i{++_names}";
        Model.Tensor(name, values.Select(v => (long)v).ToArray(), [.. shape.Select(d => (long)d)]);
        return name;
    }

    /// <summary>A list of numbers that stand as they are.</summary>
    public string Floats(params float[] values)
    {
        var name = $"w{++_names}";
        Model.Tensor(name, values, values.Length);
        return name;
    }

    /// <summary>A node whose result is no float32 value: its name.</summary>
    public string Node(string op, string[] inputs, params (string, object)[] attributes)
    {
        var output = $"h{++_names}";
        Model.Node(op[(op.LastIndexOf(':') + 1)..], inputs, [output], $"{op}_{_names}", attributes);
        Model.Model.Graph.Node[^1].Domain = op.Contains(':', StringComparison.Ordinal) ? op[..op.IndexOf(':', StringComparison.Ordinal)] : "";
        return output;
    }

    /// <summary>Another output of the last node, whose first one has a name.</summary>
    public string More(string first)
    {
        var output = first + "b";
        Model.Model.Graph.Node[^1].Output.Add(output);
        return output;
    }

    /// <summary>A node and its result.</summary>
    public RandomValue Add(string op, string[] inputs, int[] sample, bool exact = false, params (string, object)[] attributes)
        => Keep(Node(op, inputs, attributes), sample, exact);

    /// <summary>A node's result becomes a value.</summary>
    public RandomValue Keep(string name, int[] sample, bool exact = false)
    {
        var value = new RandomValue(name, sample, exact);
        _values.Add(value);
        return value;
    }

    // Graphs stay small: of a large value the first part of one axis goes on.
    private RandomValue Small(RandomValue value)
    {
        if (value.Elements <= MostElements)
        {
            return value;
        }

        var axis = Array.IndexOf(value.Sample, value.Sample.Max());
        var kept = Math.Max(1, value.Sample[axis] * MostElements / value.Elements);
        return Add("Slice", [value.Name, Integers(0), Integers(kept), Integers(axis + 1)], [.. value.Sample.Select((d, i) => i == axis ? kept : d)], value.IsExact);
    }
}
