using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Passes;

/// <summary>Finds the values that are never negative, so that rules can leave out the half that treats the negative ones.</summary>
public static class AnalyzeSigns
{
    public static Graph Run(Graph graph)
    {
        var nonNegative = new HashSet<string>();
        foreach (var node in graph.Nodes)
        {
            if (node.Operator.IsNonNegative([.. node.Inputs.Select(nonNegative.Contains)]))
            {
                nonNegative.UnionWith(node.Outputs);
            }
        }

        return graph with { NonNegative = nonNegative };
    }
}
