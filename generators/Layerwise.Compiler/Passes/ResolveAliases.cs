using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Takes out Identity and Dropout: whoever reads their output reads their input instead.
/// Leaves alone: nothing else; a Reshape to the same shape stays, since shapes are not known yet.
/// </summary>
public static class ResolveAliases
{
    public static Graph Run(Graph graph)
    {
        var source = new Dictionary<string, string>();
        string Resolve(string value) => source.TryGetValue(value, out var original) ? original : value;
        var nodes = new List<Node>(graph.Nodes.Count);
        foreach (var node in graph.Nodes)
        {
            var resolved = node.WithInputs(node.Inputs.Select(Resolve));
            if (node.Operator is Alias)
            {
                source[node.Output] = resolved.Inputs[0];
            }
            else
            {
                nodes.Add(resolved);
            }
        }

        return graph with { Nodes = nodes, Outputs = [.. graph.Outputs.Select(Resolve)], Logits = Resolve(graph.Logits) };
    }
}
