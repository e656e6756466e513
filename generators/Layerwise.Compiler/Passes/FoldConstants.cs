using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Takes out nodes whose result is known when compiling (integers) or is a weight in another form (constants).
/// Leaves alone: arithmetic between weights, which is done at load by the layers that use them.
/// </summary>
public static class FoldConstants
{
    public static Graph Run(Graph graph) => graph with
    {
        Nodes = [.. graph.Nodes.Where(n => !graph.Integers.ContainsKey(n.Output) && !graph.Constants.ContainsKey(n.Output))],
    };
}
