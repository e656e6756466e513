using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit;

/// <summary>The constructor of the emitted network as it is written: kernels and constants, made once of the weights of the file.</summary>
public sealed class Constructor(Graph graph)
{
    private readonly List<Setup> _setup = [];
    private readonly Names _names = Names.ForFields();
    private readonly Dictionary<string, string> _layerNames = [];
    private readonly Dictionary<string, int> _layers = [];
    private readonly Dictionary<string, string> _kernels = [];
    private readonly Dictionary<string, string> _locals = [];
    private readonly Dictionary<string, Slot> _constants = [];
    private readonly List<Slot> _buffers = [];
    private Node? _node;
    private int _layer;

    /// <summary>The statements, layer by layer.</summary>
    public IReadOnlyList<Setup> Setup => [.. graph.Baked.Select(Expect), .. _setup.OrderBy(s => s.Layer)];

    /// <summary>From here on, what is made without a node is this one's.</summary>
    /// <param name="node">A layer, or a node that has weights alone for inputs.</param>
    /// <param name="layer">The layer's number; 0 for what runs before the first.</param>
    public void Begin(Node node, int layer)
    {
        (_node, _layer) = (node, layer);
        _layers[node.Output] = layer;
    }

    /// <summary>The field of a kernel, made on first use.</summary>
    /// <param name="node">The layer.</param>
    /// <param name="type">The kernel's class.</param>
    /// <param name="suffix">What tells it from the layer's other kernels: <c>Plus</c>.</param>
    /// <param name="value">What it is made of, given to the constructor's text.</param>
    public string Kernel(Node node, string type, string suffix, Func<Making> value)
    {
        var key = node.Output + "\n" + suffix;
        if (!_kernels.TryGetValue(key, out var field))
        {
            field = suffix.Length == 0 ? LayerName(node) : _names.Take(LayerName(node) + suffix);
            _kernels[key] = field;
            _setup.Add(new Kernel(type, field, value(), _layers[node.Output]));
        }

        return field;
    }

    /// <summary>The layer's kernel, which Forward has made.</summary>
    public string Kernel(Node node) => _kernels[node.Output + "\n"];

    /// <summary>Asks something of the layer's kernel before the network runs.</summary>
    public void Require(Node node, string what, params object[] arguments) => _setup.Add(new SetupCall(new Call($"{Kernel(node)}.{what}", arguments), _layers[node.Output]));

    /// <summary>A weight as an expression over the model file.</summary>
    public string Weight(string name) => WeightExpression.Of(graph.Constants[name], Local, Prepared);

    /// <summary>The weights that a layer's kernel is made of; a bias that it does not have is left out.</summary>
    /// <param name="node">The layer.</param>
    /// <param name="inputs">Which inputs they are, the bias last.</param>
    public IEnumerable<string> Weights(Node node, params int[] inputs) => inputs.Where(i => i < node.Inputs.Count && node.Inputs[i].Length > 0).Select(i => Weight(node.Inputs[i]));

    /// <summary>The parameters of a BatchNormalization that is merged into other layers, as a local.</summary>
    public string MergedNorm(BatchNormTensors norm) => WeightExpression.BatchNorm(norm, Local, Prepared);

    /// <summary>The parameters of a BatchNormalization that is a layer of its own.</summary>
    public string OwnNorm(BatchNormTensors norm) => WeightExpression.BatchNorm(norm, (_, making) => making.ToString(), Prepared);

    /// <summary>The field of a weight that a node reads as a value, not as its own parameter: the constant of an Add. Made on first use.</summary>
    public Slot Constant(string value)
    {
        if (_constants.TryGetValue(value, out var slot))
        {
            return slot;
        }

        var field = _names.Take(LayerName(_node!) + Names.OfInput(_node!.Operator, _node!.Inputs.ToList().IndexOf(value)));
        var (making, shape) = graph.Constants.TryGetValue(value, out var constant)
            ? (new Making("K.Constant", Weight(value)), constant.Shape)
            : Known(_node!, value, graph.Known[value]);
        _setup.Add(new Kernel("Buffer", field, making, _layer));
        return _constants[value] = new Slot(field, new Shape(shape.Select(d => (Dim)d)), "", IsField: true);
    }

    /// <summary>The field of a value that a node makes of weights alone.</summary>
    public void Prepare(string value) => _constants[value] = Buffer("Value", value);

    /// <summary>A field that a node of weights alone writes, named by what it holds.</summary>
    public Slot Buffer(string name, string value, Shape? shape = null)
    {
        var slot = new Slot(_names.Take(LayerName(_node!) + name), shape ?? new Shape(graph.Constants[value].Shape.Select(d => (Dim)d)), "", IsField: true);
        _setup.Add(new Kernel("Buffer", slot.Name, new Making("new", [.. slot.Shape.Dims.Select(d => d.ToString())]), _layer));
        _buffers.Add(slot);
        return slot;
    }

    /// <summary>Runs the calls of a node of weights alone; what they write lives as long as the network.</summary>
    public void Run(IEnumerable<Call> calls)
    {
        _setup.AddRange(calls.Append(new Call("K.Keep", ["weights", _buffers.ToList()])).Select(call => new SetupCall(call, _layer)));
        _buffers.Clear();
    }

    private string Prepared(string value)
        => _constants.TryGetValue(value, out var slot) ? slot.ToString() : throw new InvalidOperationException($"the weight '{value}' is read before it is prepared");

    private string Local(string stem, Making value)
    {
        var text = value.ToString();
        if (!_locals.TryGetValue(text, out var name))
        {
            _locals[text] = name = _names.TakeLayer(stem, null, "norm");
            _setup.Add(new Local(name, value, _layer));
        }

        return name;
    }

    private string LayerName(Node node)
    {
        if (!_layerNames.TryGetValue(node.Output, out var name))
        {
            _layerNames[node.Output] = name = _names.TakeLayer(node.Name, WeightExpression.StoredName(node, graph), node.Operator.Name);
        }

        return name;
    }

    /// <summary>The file that the network is loaded from must have the numbers that are built in.</summary>
    private Setup Expect(string name, int index)
        => new SetupCall(new Call("weights.Expect", [Literal.Of(name), Literal.List(((KnownFloats)graph.Known[name]).Values)]), 0)
        {
            Comment = index == 0 ? ["This file is written for these numbers: a model with others is refused."] : [],
        };

    private static (Making Making, EquatableList<long> Shape) Known(Node node, string value, Known values)
    {
        if (values is KnownFloats floats)
        {
            return (new Making("K.FloatConstant", ["weights", Literal.List(floats.Values), Literal.Of(floats.Shape)]), floats.Shape);
        }

        var known = (KnownIntegers)values;
        if (known.Values.Any(v => v.IsBatch || v.IsOpen))
        {
            throw CompilationException.Shape(node.Name, node.Operator.Name, $"its input '{value}' = [{string.Join(", ", known.Values)}] depends on the size of the network's input");
        }

        var type = known.Type == ElementType.Int64 ? Array.Empty<string>() : [Lowering.Option("type", Literal.Type(known.Type))];
        return (new Making("K.Constant", ["weights", Literal.Of(known.Values.Select(v => v.Count)), Literal.Of(known.Shape), .. type]), known.Shape);
    }
}
