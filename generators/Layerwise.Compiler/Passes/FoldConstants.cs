using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Takes out nodes whose result is known when compiling or is a weight in another form (constants), and sets apart
/// those that are made of weights alone: they run at load.
/// </summary>
public static class FoldConstants
{
    public static Graph Run(Graph graph) => graph with
    {
        Nodes = [.. graph.Nodes.Where(n => !graph.Known.ContainsKey(n.Output) && !graph.Constants.ContainsKey(n.Output))],
        Preparation = [.. graph.Nodes.Where(n => graph.Constants.TryGetValue(n.Output, out var constant) && constant is Constant.Prepared made && made.Value == n.Output)],
    };
}
