using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Manifest;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit;

/// <summary>The table of layers: the explanation of the explainer.</summary>
public static class LayerTable
{
    public static IReadOnlyList<LayerRow> Of(Graph graph, RelevancePlan plan) => [.. graph.Nodes.Select(node =>
    {
        var (rule, why) = plan.Rules.TryGetValue(node, out var planned)
            ? (planned.OnlyMoves ? LayerRow.NoRule : planned.Rule.Kind.ToString(), planned.Why)
            : plan.Composite == Composite.Predict ? (LayerRow.NoRule, "") : IsHead(graph, node) ? (LayerRow.NoRule, "after the explained logits") : ("none", "no rule for it in this composite");
        return new LayerRow(node.Name, node.Operator.Description, graph.Shapes[node.Output].ToString(), rule, why);
    })];

    /// <summary>The nodes of a model that could not be read as a graph: what is supported, and what is not.</summary>
    public static IReadOnlyList<LayerRow> Of(GraphManifest model)
        => [.. model.Nodes.Select(n => new LayerRow(n.DisplayName, n.Op, "?", "?", GraphReader.IsSupported(n) ? "" : "operator not supported"))];

    private static bool IsHead(Graph graph, Node node)
    {
        var after = new HashSet<string> { graph.Logits };
        foreach (var other in graph.Nodes)
        {
            if (other.Inputs.Any(after.Contains))
            {
                after.UnionWith(other.Outputs);
            }
        }

        return after.Contains(node.Output) && node.Output != graph.Logits;
    }
}
