using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>What the merging passes share: a linear layer takes in the node after it, where nobody else reads its output.</summary>
internal static class MergeIntoLinear
{
    /// <summary>Merges what can be merged of a layer and the node after it; the weights that it makes go into the dictionary.</summary>
    /// <returns>The layer with the weights that it has then, or <c>null</c> where the two stay apart.</returns>
    public delegate Node? Merge(Node linear, Node next, IDictionary<string, Constant> constants);

    public static Graph Run(Graph graph, Merge merge)
    {
        var uses = new Uses(graph);
        var constants = graph.Constants.ToDictionary(c => c.Key, c => c.Value);
        var merged = new HashSet<string>();
        var nodes = new List<Node>(graph.Nodes.Count);
        foreach (var node in graph.Nodes.Where(n => !merged.Contains(n.Output)))
        {
            if (node.Operator is Conv or ConvTranspose or Dense
                && uses.OnlyConsumer(node.Output) is { } next
                && merge(node, next, constants) is { } linear)
            {
                nodes.Add(linear with { Outputs = next.Outputs });
                merged.Add(next.Output);
            }
            else
            {
                nodes.Add(node);
            }
        }

        return graph with { Nodes = nodes, Constants = constants };
    }

    /// <summary>The layer's bias, or <c>null</c>.</summary>
    public static string? Bias(Node linear) => linear.Inputs.Count > 2 && linear.Inputs[2].Length > 0 ? linear.Inputs[2] : null;

    /// <summary>The axis of the layer's outputs.</summary>
    public static int OutputAxis(Node linear, Shape output) => linear.Operator is Dense ? output.Rank - 1 : 1;

    /// <summary>A layer with other weights, of the names that its new output gives them.</summary>
    public static Node With(this Node linear, IDictionary<string, Constant> constants, Node next, Constant weight, Constant? bias)
    {
        var name = next.Output + "/weight";
        constants[name] = weight;
        if (bias is null)
        {
            return linear.WithInputs(linear.Inputs[0], name);
        }

        constants[next.Output + "/bias"] = bias;
        return linear.WithInputs(linear.Inputs[0], name, next.Output + "/bias");
    }
}
