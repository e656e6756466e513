using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Takes out nodes that the output does not need: other outputs' branches, and what fed only folded nodes. An output beside the first
/// that nobody reads becomes absent.
/// </summary>
public static class PruneDead
{
    public static Graph Run(Graph graph)
    {
        var needed = new HashSet<string>([.. graph.Outputs, graph.Logits]);
        List<Node> Needed(IEnumerable<Node> nodes)
        {
            var kept = new List<Node>();
            foreach (var node in nodes.Reverse().Where(n => n.Outputs.Any(needed.Contains)))
            {
                kept.Add(node with { Outputs = new(node.Outputs.Select((output, i) => i == 0 || needed.Contains(output) ? output : "")) });
                needed.UnionWith(node.Inputs);
                needed.UnionWith(node.Inputs.Where(graph.Constants.ContainsKey).SelectMany(i => graph.Constants[i].PreparedValues));
            }

            kept.Reverse();
            return kept;
        }

        var nodes = Needed(graph.Nodes);
        return graph with { Nodes = nodes, Preparation = Needed(graph.Preparation) };
    }
}
