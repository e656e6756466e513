using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Relevance;

/// <summary>The rule of one node, and why it has that rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Why">Why, in words; may be empty.</param>
/// <param name="OnlyMoves">Whether relevance only moves here, so that there is no rule to speak of.</param>
public sealed record PlannedRule(Rule Rule, string Why, bool OnlyMoves = false)
{
    /// <summary>The rule of the Relu that runs with the node, where one does.</summary>
    public Rule? Relu { get; init; }

    /// <summary>The rule and why it is the layer's, as a sentence; empty where there is nothing to say.</summary>
    public string Sentence => (Rule.Kind, Why) switch
    {
        (RuleKind.Gradient, "") => "",
        (RuleKind.Gradient, var why) => char.ToUpperInvariant(why[0]) + why.Substring(1) + ".",
        (var rule, "") => $"{rule}.",
        var (rule, why) => $"{rule}: {why}.",
    };
}

/// <summary>A rule for every node that relevance passes, decided before any code is written.</summary>
public sealed record RelevancePlan(Composite Composite, IReadOnlyDictionary<Node, PlannedRule> Rules)
{
    /// <param name="graph">The network.</param>
    /// <param name="composite">The composite.</param>
    /// <param name="own">The user's own rules, which come before the composite's.</param>
    /// <exception cref="CompilationException">LW0301: a rule of the user's is none for its operator; LW0303: it is for no layer, or its parameters do not fit.</exception>
    public static RelevancePlan Make(Graph graph, Composite composite, IReadOnlyList<LayerRule> own)
    {
        var explained = Explained(graph);
        var nodes = graph.Nodes.Where(explained.Contains).ToList();
        var rules = new Dictionary<Node, PlannedRule>();
        foreach (var asked in own)
        {
            var chosen = asked.Choose(nodes).ToList();
            if (chosen.Count == 0 && !asked.IsByType)
            {
                throw new CompilationException("LW0303", $"The rule {asked.Rule.Kind} is for '{asked.Layers}', but no layer that relevance passes is of that type, operator or name. The layers are {Sample(nodes)}.");
            }

            foreach (var node in chosen.Where(n => !rules.ContainsKey(n)))
            {
                rules[node] = Fits(asked.Rule.Kind, node.Operator)
                    ? new(Check(asked.Rule, node, graph), asked.IsByType ? "asked for by type" : "asked for by name")
                    : throw new CompilationException("LW0301", $"{node.Operator.Name} node '{node.Name}': {asked.Rule.Kind} is no rule for this operator. Ask for another, or leave it to the composite.");
            }
        }

        foreach (var line in composite.Rules)
        {
            foreach (var node in line.Choose(nodes).Where(n => !rules.ContainsKey(n) && Fits(line.Rule.Kind, n.Operator)))
            {
                var onlyMoves = !composite.IsDerivative && line.Rule.Kind == RuleKind.Gradient && Moves(node.Operator);
                rules[node] = new(Check(line.Rule, node, graph), Why(node, line, graph, composite.IsDerivative ? "the gradient" : "relevance"), onlyMoves);
            }
        }

        // What leads from a mask to a gate is on no way to a float; it needs a rule only for the plan to be whole.
        foreach (var node in nodes.Where(n => !rules.ContainsKey(n) && n.Outputs.All(graph.Masks.Contains) && Fits(RuleKind.Gradient, n.Operator)))
        {
            rules[node] = new(new Rule(RuleKind.Gradient), "made of masks alone");
        }

        return new RelevancePlan(composite, rules);
    }

    /// <summary>The nodes between the inputs and the logits that have no rule.</summary>
    public IReadOnlyList<Node> WithoutRule(Graph graph)
    {
        var explained = Explained(graph);
        return [.. graph.Nodes.Where(n => explained.Contains(n) && !Rules.ContainsKey(n))];
    }

    /// <summary>Whether a node only moves values or picks one, so that a factor of relevance moves with them.</summary>
    public static bool Moves(Operator operation) => operation.Class is OperatorClass.MaxPool or OperatorClass.Movement;

    /// <summary>Whether a rule is defined for an operator.</summary>
    private static bool Fits(RuleKind rule, Operator operation) => rule switch
    {
        RuleKind.Gradient or RuleKind.Norm or RuleKind.Epsilon => operation.IsDifferentiable,
        RuleKind.Pass => operation.Class is OperatorClass.Activation or OperatorClass.BatchNormalization or OperatorClass.LocalResponse,
        RuleKind.Taylor => operation.Class == OperatorClass.LocalResponse,
        RuleKind.SignalTakeAll => operation.Class == OperatorClass.Gate,
        RuleKind.Proportional => operation is MaxPool or GlobalMaxPool,
        RuleKind.ReluDeconvNet or RuleKind.ReluGuidedBackprop or RuleKind.ReluBetaSmooth => operation is Relu,
        _ => operation.Class is OperatorClass.Convolution or OperatorClass.Dense,
    };

    private static Rule Check(Rule rule, Node node, Graph graph)
    {
        CompilationException Refuse(string problem) => new("LW0303", $"{node.Operator.Name} node '{node.Name}': the parameters of its rule {rule.Kind} do not fit: {problem}.");
        if (rule.Problem is { } problem)
        {
            throw Refuse(problem);
        }

        if (rule.Kind != RuleKind.ZBox)
        {
            return rule;
        }

        var x = graph.Shapes[node.Inputs[0]];
        foreach (var (name, values) in new[] { ("Low", rule.Low), ("High", rule.High) })
        {
            var whole = !x.IsOpen && x.SampleSize == values.Count;
            if (values.Count != 1 && !(x.Rank > 2 && x[1] == values.Count) && !whole)
            {
                throw Refuse($"{name} has {values.Count} numbers for an input of the shape {x}; give one, one a channel, or one for each element of a sample");
            }
        }

        return rule;
    }

    /// <summary>The nodes that the logits need and that compute numbers: a stripped head is not among them, nor is what only chooses.</summary>
    private static HashSet<Node> Explained(Graph graph)
    {
        var nodes = graph.Before(graph.Logits);
        nodes.RemoveWhere(n => !n.Outputs.Any(o => graph.Types.TryGetValue(o, out var type) && type.IsFloat()));
        return nodes;
    }

    private static string Sample(List<Node> nodes)
    {
        const int Listed = 8;
        return string.Join(", ", nodes.Take(Listed).Select(n => $"'{n.Name}' ({n.Operator.Name})")) + (nodes.Count > Listed ? $" and {nodes.Count - Listed} more" : "");
    }

    /// <param name="node">The node.</param>
    /// <param name="line">The line of the composite that chose it.</param>
    /// <param name="graph">The network.</param>
    /// <param name="what">What the composite passes back: relevance or the gradient.</param>
    private static string Why(Node node, LayerRule line, Graph graph, string what) => (line.Rule.Kind, node.Operator.Class) switch
    {
        _ when line.Position == LayerPosition.First => line.Layers == LayerRule.Linear ? "first layer" : "first convolution",
        (RuleKind.Gradient, OperatorClass.MaxPool) => $"{what} goes to the maximum",
        (RuleKind.Gradient, OperatorClass.Movement) when node.Operator is Gather && graph.Constants.ContainsKey(node.Inputs[0]) => $"{what} ends here, at the rows of its table",
        (RuleKind.Gradient, OperatorClass.Movement) => $"{what} moves with the values",
        (RuleKind.Gradient, _) => "",
        (RuleKind.AlphaBeta, _) when graph.NonNegative.Contains(node.Inputs[0]) => "input ≥ 0, so W⁺ alone adds and W⁻ alone takes away",
        (RuleKind.ZPlus or RuleKind.AlphaBeta or RuleKind.Gamma, _) => graph.NonNegative.Contains(node.Inputs[0])
            ? "input ≥ 0, so no negative half"
            : "input of either sign, so both halves",
        (RuleKind.Epsilon, _) => "dense layer",
        (RuleKind.Norm, OperatorClass.Affine) => "in proportion to what its input adds",
        (RuleKind.Taylor, _) => "first-order expansion around the channel alone",
        (RuleKind.SignalTakeAll, _) => "all to the signal, none to the gate",
        (RuleKind.WSquare, _) => "",
        (RuleKind.Norm, OperatorClass.Sum) => "in proportion to what each input adds",
        (RuleKind.Norm, _) => "in proportion to what each input adds to the mean",
        (RuleKind.Pass, OperatorClass.BatchNormalization) => "no linear layer before it to merge with",
        (RuleKind.ReluDeconvNet or RuleKind.ReluGuidedBackprop or RuleKind.ReluBetaSmooth, _) => "",
        _ => "activation",
    };
}
