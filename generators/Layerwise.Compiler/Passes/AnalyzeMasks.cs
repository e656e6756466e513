using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>Finds the floating-point values that masks alone made: whole numbers or bools made floating-point, what is left of them when they are moved, and their counts.</summary>
public static class AnalyzeMasks
{
    public static Graph Run(Graph graph)
    {
        var masks = new HashSet<string>();
        foreach (var node in graph.Nodes.Where(IsOfMasks))
        {
            masks.UnionWith(node.Outputs);
        }

        return graph with { Masks = masks };

        bool IsOfMasks(Node node) => node.Operator switch
        {
            Cast when !graph.Types[node.Inputs[0]].IsFloat() => true,
            Cast or Reduce or Clip or Elementwise or Sum or Reshape or Flatten or Squeeze or Unsqueeze or Transpose or Expand => node.Inputs.Where(graph.IsComputed).ToList() is { Count: > 0 } computed && computed.All(masks.Contains),
            _ => false,
        };
    }
}
