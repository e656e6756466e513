using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit;

/// <summary>
/// Runs a Relu, or a Clip from 0, with the layer before it, in place. Leaves alone: a layer whose output has other readers, a Relu whose rule needs
/// its input, and the order of Relu and MaxPool.
/// </summary>
public static class FuseRelu
{
    public static (Graph Graph, RelevancePlan Plan) Run(Graph graph, RelevancePlan plan)
    {
        var uses = new Uses(graph);
        var fused = new HashSet<Node>();
        var nodes = new List<Node>(graph.Nodes.Count);
        var rules = new Dictionary<Node, PlannedRule>();
        foreach (var node in graph.Nodes.Where(n => !fused.Contains(n)))
        {
            var next = node.Operator.TakesRelu ? uses.OnlyConsumer(node.Output) : null;
            var rule = next is not null && plan.Rules.TryGetValue(next, out var planned) ? planned.Rule : null;
            var ceiling = node.Operator.Class is OperatorClass.Convolution or OperatorClass.Dense && rule is null or { Kind: RuleKind.Pass } && next?.Operator is Clip { Low: 0, High: > 0 } clip ? clip.High : null;
            var together = ceiling is not null || (next?.Operator is Relu && (rule is null or { Kind: RuleKind.Pass or RuleKind.Gradient or RuleKind.ReluDeconvNet or RuleKind.ReluGuidedBackprop }));
            var result = together ? node with { Operator = node.Operator with { WithRelu = true, Ceiling = ceiling }, Outputs = next!.Outputs } : node;
            nodes.Add(result);
            if (together)
            {
                fused.Add(next!);
            }

            if (plan.Rules.TryGetValue(node, out var own))
            {
                rules[result] = own with { Relu = together ? rule : null };
            }
        }

        return (graph with { Nodes = nodes }, plan with { Rules = rules });
    }
}
