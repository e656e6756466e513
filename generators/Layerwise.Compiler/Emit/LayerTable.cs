using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Manifest;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit;

/// <summary>The table of layers: the explanation of the explainer.</summary>
public static class LayerTable
{
    public static IReadOnlyList<LayerRow> Of(Graph graph, RelevancePlan plan)
    {
        var explained = graph.Before(graph.Logits);
        var missing = new HashSet<Node>(plan.WithoutRule(graph));
        var names = new Names("Layer", "Equals", "ReferenceEquals", "GetHashCode", "GetType", "ToString", "MemberwiseClone", "Finalize");
        return [.. graph.Nodes.Select(node =>
        {
            var (rule, why) = plan.Composite == Composite.Predict ? (LayerRow.NoRule, "")
                : plan.Rules.TryGetValue(node, out var planned) ? (planned.OnlyMoves ? LayerRow.NoRule : planned.Rule.Kind.ToString(), WithRelu(planned))
                : missing.Contains(node) ? ("none", "no rule for it in this composite")
                : (LayerRow.NoRule, explained.Contains(node) ? "no numbers to explain" : "after the explained logits");
            return new LayerRow(node.Name, node.Operator.Description, graph.Shapes[node.Output].ToString(), rule, why)
            {
                Planned = plan.Rules.TryGetValue(node, out var own) ? own : null,
                Leak = !plan.Composite.IsDerivative && plan.Rules.TryGetValue(node, out var kept) ? Leak.Of(node, kept, graph) : null,
                Inputs = node.Inputs,
                Output = node.Output,
                Identifier = names.TakeMember(node.Name, WeightExpression.StoredName(node, graph), node.Operator.Name),
            };
        })];
    }

    /// <summary>Why a node has its rule, and the rule of the Relu that runs with it where that is not the usual one.</summary>
    private static string WithRelu(PlannedRule planned) => planned.Relu is null || planned.Relu.Kind == RuleKind.Pass || planned.Relu.Kind == planned.Rule.Kind
        ? planned.Why
        : $"{planned.Why}{(planned.Why.Length > 0 ? "; " : "")}Relu: {planned.Relu.Kind}";

    /// <summary>The nodes of a model that could not be read as a graph: what is supported, and what is not.</summary>
    public static IReadOnlyList<LayerRow> Of(GraphManifest model)
        => [.. model.Nodes.Select(n => new LayerRow(n.DisplayName, n.Op, "?", "?", GraphReader.IsSupported(n) ? "" : "operator not supported"))];
}
