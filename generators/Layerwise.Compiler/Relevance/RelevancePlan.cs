using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Relevance;

/// <summary>The rule of one node, and why it has that rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Why">Why, in words; may be empty.</param>
/// <param name="OnlyMoves">Whether relevance only moves here, so that there is no rule to speak of.</param>
public sealed record PlannedRule(Rule Rule, string Why, bool OnlyMoves = false);

/// <summary>A rule for every node that relevance passes, decided before any code is written.</summary>
public sealed record RelevancePlan(Composite Composite, IReadOnlyDictionary<Node, PlannedRule> Rules)
{
    public static RelevancePlan Make(Graph graph, Composite composite, IReadOnlyList<RuleOverride> overrides)
    {
        var rules = new Dictionary<Node, PlannedRule>();
        var firstLinear = graph.Nodes.FirstOrDefault(n => n.Operator.Class is OperatorClass.Convolution or OperatorClass.Dense);
        var explained = Explained(graph);
        foreach (var node in graph.Nodes.Where(explained.Contains))
        {
            if (overrides.FirstOrDefault(o => o.Matches(node)) is { } asked)
            {
                rules[node] = Fits(asked.Rule.Kind, node)
                    ? new(asked.Rule, "asked for by name")
                    : throw new CompilationException("LW0301", $"{node.Operator.Name} node '{node.Name}': {asked.Rule.Kind} is no rule for this operator. Ask for another, or leave it to the composite.");
            }
            else if (node == firstLinear && composite.FirstLinear is { } first)
            {
                rules[node] = new(first, "first layer");
            }
            else if (composite.Rules.TryGetValue(node.Operator.Class, out var rule) && (rule.Kind != RuleKind.Gradient || node.Operator.IsDifferentiable))
            {
                var onlyMoves = composite != Composite.Gradient && rule.Kind == RuleKind.Gradient;
                rules[node] = new(rule, Why(node, rule, graph), onlyMoves);
            }
        }

        return new RelevancePlan(composite, rules);
    }

    /// <summary>The nodes between the inputs and the logits that have no rule.</summary>
    public IReadOnlyList<Node> WithoutRule(Graph graph)
    {
        var explained = Explained(graph);
        return [.. graph.Nodes.Where(n => explained.Contains(n) && !Rules.ContainsKey(n))];
    }

    /// <summary>Whether a rule is defined for a type of layer.</summary>
    private static bool Fits(RuleKind rule, Node node) => rule switch
    {
        RuleKind.Gradient => node.Operator.IsDifferentiable,
        RuleKind.Pass => node.Operator.Class is OperatorClass.Activation or OperatorClass.BatchNormalization,
        RuleKind.Norm => node.Operator.Class is OperatorClass.Sum or OperatorClass.AveragePool,
        _ => node.Operator.Class is OperatorClass.Convolution or OperatorClass.Dense,
    };

    /// <summary>The nodes that the logits need: a stripped head is not among them.</summary>
    private static HashSet<Node> Explained(Graph graph)
    {
        var needed = new HashSet<string> { graph.Logits };
        var explained = new HashSet<Node>();
        foreach (var node in graph.Nodes.Reverse().Where(n => n.Outputs.Any(needed.Contains)))
        {
            needed.UnionWith(node.Inputs);
            explained.Add(node);
        }

        return explained;
    }

    private static string Why(Node node, Rule rule, Graph graph) => (rule.Kind, node.Operator.Class) switch
    {
        (RuleKind.Gradient, OperatorClass.MaxPool) => "relevance goes to the maximum",
        (RuleKind.Gradient, OperatorClass.Movement) => "relevance moves with the values",
        (RuleKind.Gradient, _) => "",
        (RuleKind.ZPlus, _) => graph.NonNegative.Contains(node.Inputs[0])
            ? "input ≥ 0, so no negative half"
            : "input of either sign, so both halves",
        (RuleKind.Epsilon, _) => "dense layer",
        (RuleKind.Norm, OperatorClass.Sum) => "in proportion to what each input adds",
        (RuleKind.Norm, _) => "in proportion to what each input adds to the mean",
        (RuleKind.Pass, OperatorClass.BatchNormalization) => "no linear layer before it to merge with",
        _ => "activation",
    };
}
