using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>What the merging passes share: a linear layer takes in the node after it, where nobody else reads its output.</summary>
internal static class MergeIntoLinear
{
    /// <summary>Merges what can be merged of a layer and the node after it; defines the weights that it makes.</summary>
    /// <param name="linear">The layer.</param>
    /// <param name="next">The node after it.</param>
    /// <param name="define">Takes a weight under a name, or one near it; returns which.</param>
    /// <returns>The layer with the weights that it has then, or <c>null</c> where the two stay apart.</returns>
    public delegate Node? Merge(Node linear, Node next, Func<string, Constant, string> define);

    public static Graph Run(Graph graph, Merge merge)
    {
        var uses = new Uses(graph);
        var constants = graph.Constants.ToDictionary(c => c.Key, c => c.Value);
        var names = ValueNames.Of(graph);
        string Define(string name, Constant constant)
        {
            name = names.Fresh(name);
            constants[name] = constant;
            return name;
        }

        var merged = new HashSet<string>();
        var nodes = new List<Node>(graph.Nodes.Count);
        foreach (var node in graph.Nodes.Where(n => !merged.Contains(n.Output)))
        {
            if (node.Operator is Conv or ConvTranspose or Dense
                && uses.OnlyConsumer(node.Output) is { } next
                && merge(node, next, Define) is { } linear)
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
    public static Node With(this Node linear, Func<string, Constant, string> define, Node next, Constant weight, Constant? bias)
    {
        var inputs = new[] { linear.Inputs[0], define(next.Output + "/weight", weight) };
        return bias is null ? linear.WithInputs(inputs) : linear.WithInputs([.. inputs, define(next.Output + "/bias", bias)]);
    }
}
