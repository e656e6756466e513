using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Passes;

/// <summary>Takes out nodes that the output does not need: other outputs' branches, and what fed only folded nodes.</summary>
public static class PruneDead
{
    public static Graph Run(Graph graph)
    {
        var needed = new HashSet<string>([.. graph.Outputs, graph.Logits]);
        var nodes = new List<Node>();
        foreach (var node in graph.Nodes.Reverse())
        {
            if (node.Outputs.Any(needed.Contains))
            {
                needed.UnionWith(node.Inputs);
                nodes.Add(node);
            }
        }

        nodes.Reverse();
        return graph with { Nodes = nodes };
    }
}
