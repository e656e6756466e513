using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Runs a Relu with the layer before it, in place. Leaves alone: a layer whose output has other readers, and the order of Relu and MaxPool.
/// </summary>
public static class FuseRelu
{
    public static Graph Run(Graph graph)
    {
        var uses = new Uses(graph);
        var fused = new HashSet<Node>();
        var nodes = new List<Node>(graph.Nodes.Count);
        foreach (var node in graph.Nodes.Where(n => !fused.Contains(n)))
        {
            if (node.Operator.TakesRelu && uses.OnlyConsumer(node.Output) is { Operator: Relu } relu)
            {
                nodes.Add(node with { Operator = node.Operator with { WithRelu = true }, Outputs = relu.Outputs });
                fused.Add(relu);
            }
            else
            {
                nodes.Add(node);
            }
        }

        return graph with { Nodes = nodes };
    }
}
