using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Canonizer: merges a BatchNormalization into the linear layers that read it, so that a rule sees the values before it: w·γ/√(σ²+ε)
/// along the inputs, and a bias of w times the shift. Padding has no shift, so a padded convolution has a bias for each position.
/// Leaves alone: a BatchNormalization that others read, and one whose position-wise bias would have an open size.
/// </summary>
public static class MergeInputNorm
{
    public static Graph Run(Graph graph)
    {
        var uses = new Uses(graph);
        var merged = graph.Nodes
            .Where(n => n.Operator is BatchNormalization && n.Output != graph.Logits && !graph.Outputs.Contains(n.Output))
            .Where(n => uses.Consumers(n.Output) is { Count: > 0 } readers && readers.All(r => TakesNorm(graph, r, n.Output)))
            .ToDictionary(n => n.Output);
        if (merged.Count == 0)
        {
            return graph;
        }

        var nodes = graph.Nodes.Where(n => !merged.ContainsKey(n.Output)).Select(node => merged.TryGetValue(node.Inputs[0], out var norm)
            ? node.WithInputs(node.Inputs.Skip(1).Prepend(norm.Inputs[0])) with { Operator = node.Operator with { InputNorm = ((BatchNormalization)norm.Operator).Tensors(norm, graph.Constants) } }
            : node);
        return (graph with { Nodes = [.. nodes] }).Note(merged.Count == 1
            ? "1 BatchNormalization is merged into the linear layers behind it."
            : $"{merged.Count} BatchNormalizations are merged into the linear layers behind them.");
    }

    private static bool TakesNorm(Graph graph, Node reader, string value) => reader.Inputs[0] == value && reader.Inputs.Skip(1).All(i => i != value) && reader.Operator switch
    {
        Conv conv => !NeedsSize(conv) || !graph.Shapes[value].IsOpen,
        ConvTranspose => !graph.Shapes[value].IsOpen,
        Dense => graph.Shapes[value].Rank == 2,
        _ => false,
    };

    /// <summary>Whether the bias differs from position to position.</summary>
    public static bool NeedsSize(Operator linear) => linear is ConvTranspose || (linear is Conv conv && conv.Window.PadsBegin.Concat(conv.Window.PadsEnd).Any(p => p != 0));
}
