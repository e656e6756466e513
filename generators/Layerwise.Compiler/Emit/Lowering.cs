using System.Globalization;
using Layerwise.Compiler.Emit.Operators;
using Layerwise.Compiler.Emit.Rules;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit;

/// <summary>
/// The relevance R of a value on its way back: R itself, or, with a <c>Factor</c>, c with R = factor ⊙ c,
/// so that the multiplication fuses with what comes next.
/// </summary>
/// <param name="Slot">R or c.</param>
/// <param name="Factor">A forward value of the same shape, or <c>null</c>.</param>
/// <param name="Vanishes">Whether R is 0 wherever the value is; so it is where that is the factor.</param>
public sealed record Flow(Slot Slot, string? Factor, bool Vanishes);

/// <summary>Turns a planned graph into kernels over buffers. Operators and rules write their calls through it.</summary>
public sealed class Lowering
{
    private readonly Dictionary<string, Slot> _values = [];
    private readonly Dictionary<string, string> _tags = [];
    private readonly Dictionary<string, List<Flow>> _flows = [];
    private readonly Dictionary<string, int> _readers = [];
    private readonly List<Slot> _slots = [];
    private readonly Dictionary<string, Slot> _named = [];
    private readonly Dictionary<string, string> _locals = [];
    private readonly List<Setup> _setup = [];
    private readonly Dictionary<string, int> _layers = [];
    private readonly Dictionary<string, string> _fields = [];
    private readonly Dictionary<string, string> _layerNames = [];
    private readonly Names _slotNames = new("Input", "Inputs", "Logits", "Outputs", "Start", "Relevances", "Batch");
    private readonly Names _fieldNames = Names.ForFields();
    private readonly List<Account> _accounts = [];
    private readonly Dictionary<Node, (Flow Flow, bool Passes)> _taken = [];
    private Account _account = new(0);
    private Node? _propagated;
    private Block _block = new();
    private int _layer;
    private int _preparation;
    private string? _prepared;
    private readonly List<Slot> _keep = [];
    private readonly HashSet<string> _ofInputs = [];
    private readonly HashSet<string> _given = [];

    private Lowering(Graph graph, RelevancePlan plan, Backend backend)
    {
        Graph = graph;
        Plan = plan;
        Backend = backend;
    }

    public Graph Graph { get; }

    public RelevancePlan Plan { get; }

    /// <summary>Whose kernels the calls are of.</summary>
    public Backend Backend { get; }

    public static Program Run(Graph graph, RelevancePlan plan, Backend backend)
    {
        var program = new Lowering(graph, plan, backend).Run();
        return backend.FreesMemory ? Liveness.Run(program) : program;
    }

    /// <summary>The buffer of a forward value.</summary>
    public Slot Value(string value) => _values.TryGetValue(value, out var slot) ? slot : _values[value] = Constant(value);

    /// <summary>The input's buffer.</summary>
    public Slot Input(Node node, int index = 0) => Value(node.Inputs[index]);

    /// <summary>The buffer of another output than the first; <c>null</c> where nobody reads it.</summary>
    public Slot? Output(Node node, int index) => index < node.Outputs.Count && node.Outputs[index].Length > 0 ? Value(node.Outputs[index]) : null;

    /// <summary>A new buffer, named by what it holds and by the layer of the value that it belongs to: <c>S3</c>.</summary>
    public Slot New(string prefix, string value, Shape? shape = null, string suffix = "")
    {
        if (_prepared is { } beside)
        {
            return Prepare(_fieldNames.Take(beside + prefix), shape ?? ConstantShape(value));
        }

        var slot = new Slot(_slotNames.Take(prefix + _tags[value] + suffix), shape ?? Graph.Shapes[value], "");
        _slots.Add(slot);
        _named[slot.Name] = slot;
        return slot;
    }

    /// <summary>A buffer beside a value, made on first use.</summary>
    public Slot Side(string prefix, string value)
    {
        var name = _prepared is null ? prefix + _tags[value] : "";
        return _prepared is null && _named.TryGetValue(name, out var slot) ? slot : New(prefix, value);
    }

    /// <summary>Writes a call: buffers that it reads, <see cref="Emit.Write"/> for those that it writes, other arguments as text.</summary>
    public void Call(string callee, params object[] arguments) => _block.Calls.Add(new Call(callee, arguments));

    /// <summary>The field of a kernel, made on first use.</summary>
    /// <param name="node">The layer.</param>
    /// <param name="type">The kernel's class.</param>
    /// <param name="suffix">What tells it from the layer's other kernels: <c>Plus</c>.</param>
    /// <param name="value">What it is made of, given to the constructor's text.</param>
    public string Kernel(Node node, string type, string suffix, Func<Making> value)
    {
        var key = node.Output + "\n" + suffix;
        if (!_fields.TryGetValue(key, out var field))
        {
            field = suffix.Length == 0 ? LayerName(node) : _fieldNames.Take(LayerName(node) + suffix);
            _fields[key] = field;
            _setup.Add(new Kernel(type, field, value(), Layer(node)));
        }

        return field;
    }

    /// <summary>The layer's kernel, which Forward has made.</summary>
    public string Kernel(Node node) => _fields[node.Output + "\n"];

    /// <summary>A weight as an expression over the model file.</summary>
    public string Weight(string name) => WeightExpression.Of(Graph.Constants[name], Local, PreparedValue);

    /// <summary>The parameters of a BatchNormalization that is merged into other layers, as a local of the constructor.</summary>
    public string MergedNorm(BatchNormTensors norm) => WeightExpression.BatchNorm(norm, Local, PreparedValue);

    /// <summary>The parameters of a BatchNormalization that is a layer of its own.</summary>
    public string OwnNorm(BatchNormTensors norm) => WeightExpression.BatchNorm(norm, (_, making) => making.ToString(), PreparedValue);

    private string PreparedValue(string value)
        => _values.TryGetValue(value, out var slot) ? slot.ToString() : throw new InvalidOperationException($"the weight '{value}' is read before it is prepared");

    /// <summary>A named argument.</summary>
    public static string Option(string name, string value) => $"{name}: {value}";

    /// <summary>The stabilizer of a rule's denominators.</summary>
    public static string Epsilon(Rule rule)
    {
        var epsilon = Literal.Of((float)rule.Epsilon);
        var options = new[] { (Stabilizer.Clip, "clip: true"), (Stabilizer.NormScale, "normScale: true"), (Stabilizer.Unsigned, "signed: false") }
            .Where(o => rule.Stabilizer.HasFlag(o.Item1)).Select(o => ", " + o.Item2).ToList();
        return Option("epsilon", options.Count == 0 ? epsilon : $"new({epsilon}{string.Concat(options)})");
    }

    /// <summary>An input of the network that has the batch.</summary>
    public string Batch => Value(Graph.Inputs.First(i => Graph.Shapes[i].Dims.Any(d => d.IsBatch))).ToString();

    /// <summary>An argument that says which value's size a result has, where only the call knows it.</summary>
    public IEnumerable<object> Like(string value) => Graph.Shapes.TryGetValue(value, out var shape) && shape.IsOpen ? [Option("like", Value(value).ToString())] : [];

    /// <summary>As <see cref="Like"/>, where the result has more elements than what it is made of.</summary>
    public object Size(string value) => Option("like", Value(value).ToString());

    /// <summary>Whether a value takes relevance: it is computed, of numbers.</summary>
    public bool Takes(string value) => _values.TryGetValue(value, out var slot) && !slot.IsField && Graph.Types[value].IsFloat();

    /// <summary>Whether a value that takes relevance is computed of the network's inputs, so that some of it may reach them.</summary>
    public bool IsOfInputs(string value) => Takes(value) && _ofInputs.Contains(value);

    /// <summary>Hands relevance to a value; what a weight gets is the bias's share and goes no further.</summary>
    public void Give(string value, Slot relevance, string? factor, bool vanishes = false)
    {
        if (!Takes(value))
        {
            return;
        }

        _given.Add(value);
        _account.Gives(InputIndex(value), Held(new Flow(relevance, factor, vanishes)));

        if (!_flows.TryGetValue(value, out var flows))
        {
            _flows[value] = flows = [];
        }

        flows.Add(new Flow(relevance, factor, vanishes || factor == value));
    }

    /// <summary>A new buffer for relevance that goes to a value: <c>C3</c>, or <c>C3a</c>, <c>C3b</c> where several layers read it.</summary>
    public Slot NewRelevance(string value, bool asFactor)
    {
        _flows.TryGetValue(value, out var given);
        var suffix = _readers.TryGetValue(value, out var readers) && readers > 1 ? ((char)('a' + Math.Min(given?.Count ?? 0, 25))).ToString() : "";
        return New(asFactor ? "C" : RelevancePrefix, value, suffix: suffix);
    }

    /// <summary>R itself, multiplied out where it is still c.</summary>
    public Slot Full(Flow flow, string value)
    {
        if (flow.Factor is null)
        {
            return flow.Slot;
        }

        var full = New(RelevancePrefix, value);
        Call("K.Multiply", flow.Slot, Value(flow.Factor), new Write(full));
        return full;
    }

    /// <summary>Notes a quotient s = r / stab(z): what its stabilizer keeps, and the bias among the terms of z.</summary>
    /// <param name="s">The quotient.</param>
    /// <param name="z">The denominator.</param>
    /// <param name="rule">The rule, with its stabilizer.</param>
    /// <param name="bias">The kernel that z has its bias from; <c>null</c> where it has none.</param>
    public void Divides(Slot s, Slot z, Rule rule, string? bias = null) => _account.Add("Divides", [s, z, Epsilon(rule), .. bias is null ? Array.Empty<object>() : [Option("bias", bias)]]);

    /// <summary>Notes what a constant addend keeps of a quotient.</summary>
    public void Adds(Slot s, string constant, double times)
        => _account.Add("Adds", [s, Value(constant), .. times == 1 ? Array.Empty<object>() : [Option("times", Literal.Of((float)times))]]);

    /// <summary>Notes something else that the layer keeps.</summary>
    public void Keeps(string what, params object[] arguments) => _account.Add(what, arguments);

    private object[] Held(Flow flow) => flow.Factor is null ? [flow.Slot] : [flow.Slot, Value(flow.Factor)];

    private int InputIndex(string value) => _propagated!.Inputs.ToList().IndexOf(value);

    private string RelevancePrefix => Plan.Composite.IsDerivative ? "G" : "R";

    private Program Run()
    {
        CountReaders();
        var inputs = Graph.Inputs.Select((name, i) => DefineInput(name, i)).ToList();
        foreach (var node in Graph.Preparation)
        {
            Prepare(node);
        }

        var forward = new List<Block>();
        var head = new List<Block>();
        var before = Graph.Before(Graph.Logits);
        for (var i = 0; i < Graph.Nodes.Count; i++)
        {
            var node = Graph.Nodes[i];
            _layer = i + 1;
            _layers[node.Output] = _layer;
            _block = new Block($"{Number(i + 1).PadLeft(Number(Graph.Nodes.Count).Length)}  {Graph.Shapes[node.Output]}");
            for (var at = 0; at < node.Outputs.Count; at++)
            {
                var value = node.Outputs[at];
                if (value.Length > 0)
                {
                    _tags[value] = Number(_layer) + (at == 0 ? "" : "o" + Number(at));
                    _values[value] = New("H", value);
                }
            }

            if (node.Inputs.Any(_ofInputs.Contains))
            {
                _ofInputs.UnionWith(node.Outputs);
            }

            OperatorEmitter.Of(node).Forward(this, node, _values[node.Output], withRelu: node.Operator.WithRelu);
            (Explains && !before.Contains(node) ? head : forward).Add(_block);
        }

        RequireBiases();
        var (start, backward, relevances) = Explains ? Backward() : (null, [], []);
        return new Program
        {
            Inputs = inputs,
            Logits = Value(Graph.Logits),
            Outputs = [.. Graph.Outputs.Select(Value)],
            Start = start,
            Relevances = relevances,
            Slots = InOrder([.. inputs, .. Slots(forward), .. Slots(head), .. start is null ? Array.Empty<Slot>() : [start], .. Slots(backward)]),
            Setup = [.. Graph.Baked.Select(Expect), .. _setup.OrderBy(s => s.Layer)],
            Forward = forward,
            Head = head,
            Backward = backward,
            TargetFree = start is null ? [] : Emit.TargetFree.Of(start, backward),
            Accounts = _accounts,
            Layers = [.. Graph.Nodes.Select(node => _taken.TryGetValue(node, out var taken)
                ? new LayerSlots(Value(node.Output), taken.Flow.Slot, taken.Flow.Factor is { } factor ? Value(factor) : null, taken.Flow.Vanishes, taken.Passes)
                : new LayerSlots(Value(node.Output)))],
        };
    }

    private static IEnumerable<Slot> Slots(IEnumerable<Block> blocks) => blocks.SelectMany(b => b.Calls).SelectMany(c => c.Slots);

    private List<Slot> InOrder(IEnumerable<Slot> used) => [.. used.Where(s => !s.IsField).Concat(_slots).Distinct()];

    private bool Explains => Plan.Composite != Composite.Predict;

    private (Slot Start, List<Block> Blocks, List<Slot?> Relevances) Backward()
    {
        var start = New(RelevancePrefix, Graph.Logits);
        _flows[Graph.Logits] = [new Flow(start, null, Vanishes: false)];
        var backward = Graph.Nodes.Reverse().Where(Plan.Rules.ContainsKey).Select(Propagate).Where(b => b.Calls.Count > 0).ToList();
        _block = new Block(Plan.Composite.Ending switch
        {
            Ending.Magnitude => "The input: R = |G|.",
            Ending.TimesInput => "The input: R = x ⊙ G.",
            _ => "The input: R = x ⊙ C.",
        });
        var relevances = Graph.Inputs.Select(name => Take(name) is { } flow ? End(Full(flow, name), name) : null).ToList();
        if (_block.Calls.Count > 0)
        {
            backward.Add(_block);
        }

        return (start, backward, relevances);
    }

    private Slot End(Slot relevance, string input)
    {
        if (Plan.Composite.Ending == Ending.AsItIs)
        {
            return relevance;
        }

        var result = New("R", input);
        Call(Plan.Composite.Ending == Ending.Magnitude ? "K.Abs" : "K.Multiply", Plan.Composite.Ending == Ending.Magnitude ? [relevance, new Write(result)] : [relevance, Value(input), new Write(result)]);
        return result;
    }

    /// <summary>Deep Taylor decomposition has its root point where biases are not positive; the file says at load whether they are.</summary>
    private void RequireBiases()
    {
        foreach (var node in Graph.Nodes.Where(n => Plan.Composite.IsDeepTaylor && Plan.Rules.TryGetValue(n, out var planned) && !planned.Rule.DropBias
            && n.Operator.Class is OperatorClass.Convolution or OperatorClass.Dense))
        {
            _setup.Add(new SetupCall(new Call($"{Kernel(node)}.RequireNoPositiveBias", [Literal.Of(node.Name)]), Layer(node)));
        }
    }

    private void CountReaders()
    {
        foreach (var input in Graph.Nodes.Where(Plan.Rules.ContainsKey).SelectMany(n => n.Inputs))
        {
            _readers[input] = _readers.TryGetValue(input, out var count) ? count + 1 : 1;
        }
    }

    private Slot DefineInput(string name, int index)
    {
        _tags[name] = Graph.Inputs.Count == 1 ? "0" : "In" + Number(index + 1);
        var slot = new Slot(Graph.Inputs.Count == 1 ? "Input" : "Input" + Number(index + 1), Graph.Shapes[name], name);
        _slots.Add(slot);
        _named[slot.Name] = slot;
        _values[name] = slot;
        _ofInputs.Add(name);
        return slot;
    }

    /// <summary>A weight that a node reads as a value, not as its own parameter: the constant of an Add.</summary>
    private Slot Constant(string value)
    {
        var node = _layer > 0 ? Graph.Nodes[_layer - 1] : Graph.Preparation[_preparation];
        var field = _fieldNames.Take(LayerName(node) + Role(node, node.Inputs.ToList().IndexOf(value)));
        var (making, shape) = Graph.Constants.TryGetValue(value, out var constant)
            ? (new Making("K.Constant", Weight(value)), constant.Shape)
            : Known(node, value, Graph.Known[value]);
        _setup.Add(new Kernel("Buffer", field, making, _layer));
        return new Slot(field, new Shape(shape.Select(d => (Dim)d)), "", IsField: true);
    }

    // An optional argument's name says what it is; other operators say it themselves.
    private static string Role(Node node, int input) => node.Operator is KernelOperator kernel && kernel.InputName(input) is { Length: > 0 } name
        ? char.ToUpperInvariant(name[0]) + name.Substring(1)
        : node.Operator.InputRole(input);

    /// <summary>The file that the network is loaded from must have the numbers that are built in.</summary>
    private Setup Expect(string name, int index)
        => new SetupCall(new Call("weights.Expect", [Literal.Of(name), Literal.List(((KnownFloats)Graph.Known[name]).Values)]), 0)
        {
            Comment = index == 0 ? ["This file is written for these numbers: a model with others is refused."] : [],
        };

    /// <summary>A node that has weights alone for inputs runs in the constructor.</summary>
    private void Prepare(Node node)
    {
        _layers[node.Output] = 0;
        _block = new Block();
        _prepared = LayerName(node);
        _keep.Clear();
        foreach (var value in node.Outputs.Where(o => o.Length > 0))
        {
            _values[value] = Prepare(_fieldNames.Take(_prepared + "Value"), ConstantShape(value));
        }

        OperatorEmitter.Of(node).Forward(this, node, _values[node.Output], withRelu: false);
        _prepared = null;
        _preparation++;
        _setup.AddRange(_block.Calls.Select(call => new SetupCall(call, 0)));
        _setup.Add(new SetupCall(new Call("K.Keep", ["weights", _keep.ToList()]), 0));
    }

    private Slot Prepare(string name, Shape shape)
    {
        _setup.Add(new Kernel("Buffer", name, new Making("new", [.. shape.Dims.Select(d => d.ToString())]), 0));
        var slot = new Slot(name, shape, "", IsField: true);
        _keep.Add(slot);
        return slot;
    }

    private Shape ConstantShape(string value) => new(Graph.Constants[value].Shape.Select(d => (Dim)d));

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

        var type = known.Type == ElementType.Int64 ? Array.Empty<string>() : [Option("type", Literal.Type(known.Type))];
        return (new Making("K.Constant", ["weights", Literal.Of(known.Values.Select(v => v.Count)), Literal.Of(known.Shape), .. type]), known.Shape);
    }

    private Block Propagate(Node node)
    {
        var planned = Plan.Rules[node];
        _block = new Block();
        _given.Clear();
        var takes = node.Inputs.Any(Takes);
        if (!takes && node.Operator is not Gather)
        {
            return _block;
        }

        (_propagated, _account) = (node, new Account(Layer(node)));
        var flows = node.Outputs.Select(o => o.Length > 0 ? Take(o) : null).ToList();
        if (!takes && flows[0] is { } last)
        {
            // What an embedding gets is its table's: relevance ends here.
            _account.Add("Takes", Held(last));
            Keeps("Rest");
            _taken[node] = (last, false);
            Call("f.At", Number(Layer(node)));
            _accounts.Add(_account);
        }
        else if (takes && flows.Any(f => f is not null))
        {
            foreach (var flow in flows.OfType<Flow>())
            {
                _account.Add("Takes", Held(flow));
            }

            var (beginning, first) = (_block.Calls.Count, flows[0]);
            flows[0] = planned.Relu is { } relu ? ReluRule.BeforeRelu(this, node, flows[0]!, relu) : flows[0];
            RuleEmitter.Of(planned.Rule.Kind).Backward(this, node, flows, planned.Rule);
            if (planned.Rule.Kind == RuleKind.Gradient && RelevancePlan.Moves(node.Operator) && Leak.Fills(node, Graph))
            {
                Keeps("Rest");
            }

            // Where relevance only passes, what is asked of the layer is asked of the one before it.
            var passes = _block.Calls.Count == beginning;
            if (first is not null)
            {
                _taken[node] = (first, passes);
            }

            if (!passes)
            {
                _block.Calls.Insert(0, new Call("f.At", [Number(Layer(node))]));
            }

            _accounts.Add(_account);
        }

        var to = string.Join(", ", node.Inputs.Where(_given.Contains).Select(i => Graph.Shapes[i]));
        _block.Comment = [$"{_tags[node.Output]} {Literal.Comment(node.Name)} · {node.Operator.Description} · {Graph.Shapes[node.Output]}{(to.Length > 0 ? " → " + to : "")}", Reason(planned)];
        return _block;
    }

    /// <summary>The rule and why it is the layer's, as a sentence.</summary>
    private static string Reason(PlannedRule planned) => (planned.Rule.Kind, planned.Why) switch
    {
        (RuleKind.Gradient, "") => "",
        (RuleKind.Gradient, var why) => char.ToUpperInvariant(why[0]) + why.Substring(1) + ".",
        (var rule, "") => $"{rule}.",
        var (rule, why) => $"{rule}: {why}.",
    };

    /// <summary>All relevance of a value in one buffer.</summary>
    private Flow? Take(string value)
    {
        if (!_flows.TryGetValue(value, out var flows))
        {
            return null;
        }

        if (flows.Count == 1)
        {
            return flows[0];
        }

        var factor = flows.All(f => f.Factor == flows[0].Factor) ? flows[0].Factor : null;
        var terms = factor is not null ? flows.Select(f => f.Slot).ToList() : flows.Select(f => Full(f, value)).ToList();
        var sum = New(factor is not null ? "C" : RelevancePrefix, value);
        Call("K.Sum", terms, new Write(sum));
        return new Flow(sum, factor, flows.All(f => f.Vanishes));
    }

    private int Layer(Node node) => _layers[node.Output];

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private string LayerName(Node node)
    {
        if (!_layerNames.TryGetValue(node.Output, out var name))
        {
            _layerNames[node.Output] = name = _fieldNames.TakeLayer(node.Name, WeightExpression.StoredName(node, Graph), node.Operator.Name);
        }

        return name;
    }

    private string Local(string stem, Making value)
    {
        var text = value.ToString();
        if (!_locals.TryGetValue(text, out var name))
        {
            _locals[text] = name = _fieldNames.TakeLayer(stem, null, "norm");
            _setup.Add(new Local(name, value, _layer));
        }

        return name;
    }
}
