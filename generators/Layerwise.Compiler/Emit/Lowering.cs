using System.Globalization;
using Layerwise.Compiler.Emit.Operators;
using Layerwise.Compiler.Emit.Rules;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit;

/// <summary>Turns a planned graph into kernels over buffers. Operators and rules write their calls through it.</summary>
public sealed class Lowering
{
    private readonly Dictionary<string, Slot> _values = [];
    private readonly Dictionary<string, string> _tags = [];
    private readonly Dictionary<string, List<Flow>> _flows = [];
    private readonly Dictionary<string, int> _readers = [];
    private readonly List<Slot> _slots = [];
    private readonly Dictionary<string, Slot> _named = [];
    private readonly Names _slotNames = new("Input", "Inputs", "Logits", "Outputs", "Start", "Relevances", "Batch");
    private readonly List<Account> _accounts = [];
    private readonly Dictionary<Node, (Flow Flow, bool Passes)> _taken = [];
    private Account _account = new("0");
    private Node? _propagated;
    private Block _block = new();
    private bool _prepares, _hasShares;
    private readonly HashSet<string> _ofInputs = [];
    private readonly HashSet<string> _given = [];

    private Lowering(Graph graph, RelevancePlan plan, Backend backend)
    {
        Graph = graph;
        Plan = plan;
        Backend = backend;
        Constructor = new Constructor(graph);
    }

    public Graph Graph { get; }

    public RelevancePlan Plan { get; }

    /// <summary>Whose kernels the calls are of.</summary>
    public Backend Backend { get; }

    /// <summary>Makes the kernels and constants that the calls use.</summary>
    public Constructor Constructor { get; }

    public static Program Run(Graph graph, RelevancePlan plan, Backend backend)
    {
        var program = new Lowering(graph, plan, backend).Run();
        return backend.FreesMemory ? Liveness.Run(program) : program;
    }

    /// <summary>The buffer of a forward value.</summary>
    public Slot Value(string value) => _values.TryGetValue(value, out var slot) ? slot : Constructor.Constant(value);

    /// <summary>The input's buffer.</summary>
    public Slot Input(Node node, int index = 0) => Value(node.Inputs[index]);

    /// <summary>The buffer of another output than the first; <c>null</c> where nobody reads it.</summary>
    public Slot? Output(Node node, int index) => index < node.Outputs.Count && node.Outputs[index].Length > 0 ? Value(node.Outputs[index]) : null;

    /// <summary>A new buffer, named by what it holds and by the layer of the value that it belongs to: <c>S3</c>.</summary>
    public Slot New(string prefix, string value, Shape? shape = null, string suffix = "")
    {
        if (_prepares)
        {
            return Constructor.Buffer(prefix, value, shape);
        }

        var slot = new Slot(_slotNames.Take(prefix + _tags[value] + suffix), shape ?? Graph.Shapes[value], "");
        _slots.Add(slot);
        _named[slot.Name] = slot;
        return slot;
    }

    /// <summary>A buffer beside a value, made on first use.</summary>
    public Slot Side(string prefix, string value)
        => !_prepares && _named.TryGetValue(prefix + _tags[value], out var slot) ? slot : New(prefix, value);

    /// <summary>Writes a call: buffers that it reads, <see cref="Emit.Write"/> for those that it writes, other arguments as text.</summary>
    public void Call(string callee, params object[] arguments) => Call(new Call(callee, arguments));

    /// <summary>As <see cref="Call(string, object[])"/>, for a call with a comment.</summary>
    public void Call(Call call) => _block.Calls.Add(call);

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
    public bool Takes(string value) => _values.ContainsKey(value) && Graph.Types[value].IsFloat();

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

    /// <summary>A new buffer for relevance that goes to a value: R, or c.</summary>
    public Slot NewRelevance(string value, bool asFactor) => NewShare(asFactor ? "C" : RelevancePrefix, value);

    /// <summary>A new buffer for what a layer gives back to a value: <c>C3</c>, or <c>C3a</c>, <c>C3b</c> where several layers read it.</summary>
    public Slot NewShare(string prefix, string value)
    {
        if (!_readers.TryGetValue(value, out var readers) || readers == 1)
        {
            return New(prefix, value);
        }

        var name = prefix + _tags[value];
        var letter = char.IsDigit(name[name.Length - 1]) ? 'a' : 'A';
        while (letter is not ('z' or 'Z') && _named.ContainsKey(name + letter))
        {
            letter++;
        }

        _hasShares = true;
        return New(prefix, value, suffix: letter.ToString());
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
            var tag = Number(i + 1);
            Constructor.Begin(node, i + 1);
            _block = new Block($"{tag.PadLeft(Number(Graph.Nodes.Count).Length)}  {Graph.Shapes[node.Output]}");
            for (var at = 0; at < node.Outputs.Count; at++)
            {
                var value = node.Outputs[at];
                if (value.Length > 0)
                {
                    _tags[value] = tag + (at == 0 ? "" : Names.OfOutput(node.Operator, at));
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
            Setup = Constructor.Setup,
            Forward = forward,
            Head = head,
            Backward = backward,
            TargetFree = start is null ? [] : Emit.TargetFree.Of(start, backward),
            Accounts = _accounts,
            HasShares = _hasShares,
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
            Constructor.Require(node, "RequireNoPositiveBias", Literal.Of(node.Name));
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
        var tag = Graph.Inputs.Count == 1 ? "Input" : "Input" + Number(index + 1);
        var slot = new Slot(tag, Graph.Shapes[name], string.Equals(name, tag, StringComparison.OrdinalIgnoreCase) ? "" : name);
        _tags[name] = tag;
        _slots.Add(slot);
        _named[slot.Name] = slot;
        _values[name] = slot;
        _ofInputs.Add(name);
        return slot;
    }

    /// <summary>A node that has weights alone for inputs runs in the constructor.</summary>
    private void Prepare(Node node)
    {
        Constructor.Begin(node, layer: 0);
        _block = new Block();
        foreach (var value in node.Outputs.Where(o => o.Length > 0))
        {
            Constructor.Prepare(value);
        }

        _prepares = true;
        OperatorEmitter.Of(node).Forward(this, node, Value(node.Output), withRelu: false);
        _prepares = false;
        Constructor.Run(_block.Calls);
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

        (_propagated, _account) = (node, new Account(_tags[node.Output]));
        var flows = node.Outputs.Select(o => o.Length > 0 ? Take(o) : null).ToList();
        if (!takes && flows[0] is { } last)
        {
            // What an embedding gets is its table's: relevance ends here.
            _account.Add("Takes", Held(last));
            Keeps("Rest");
            _taken[node] = (last, false);
            Call("f.At", _tags[node.Output]);
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
                _block.Calls.Insert(0, new Call("f.At", [_tags[node.Output]]));
            }

            _accounts.Add(_account);
        }

        var to = string.Join(", ", node.Inputs.Where(_given.Contains).Select(i => Graph.Shapes[i]));
        _block.Comment = [$"{_tags[node.Output]} {Literal.Comment(node.Name)} · {node.Operator.Description} · {Graph.Shapes[node.Output]}{(to.Length > 0 ? " → " + to : "")}", planned.Sentence];
        return _block;
    }

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

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
