using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes.Recognition;

/// <summary>
/// LRN as PyTorch's exporter writes it: x over a power of k + α times the mean of squares in a window of channels, which an average pool over an axis
/// of their own computes. Leaves alone: windows of an even size, which ONNX's LRN centres otherwise.
/// </summary>
internal sealed class LocalResponses(Graph graph) : Pattern(graph)
{
    protected override Found? Match(Node node)
    {
        foreach (var (x, radicand, exponent) in TimesPower(node).Where(t => t.Exponent < 0))
        {
            if (Shifted(radicand) is { } sum && Scaled(sum.Value) is { } scaled && Producer(BeforeReshapes(scaled.Value)) is { Operator: AveragePool pool } mean
                && Computed(x) is { Rank: >= 3 } shape && shape.Equals(Graph.Shapes[node.Output]) && WindowOf(mean, pool.Window, pool.CountPadding, x, shape) is { } size)
            {
                return new(new LRN(size, (float)scaled.Number, (float)-exponent, (float)sum.Number), x);
            }
        }

        return null;
    }

    /// <summary>How many channels the mean is over, where it is one of x²: [N, 1, C, …], padded along the channels alone.</summary>
    private long? WindowOf(Node mean, Window window, bool countPadding, string x, Shape shape)
    {
        var (size, before, behind, input) = (window.Kernel[0], window.PadsBegin[0], window.PadsEnd[0], mean.Inputs[0]);
        if (Producer(input) is { Operator: Pad { Mode: "constant", Value: 0, Pads: { } pads } } pad && pads.Count == 2 * Graph.Shapes[input].Rank)
        {
            if (before != 0 || behind != 0 || pads.Where((_, i) => i % (pads.Count / 2) != 2).Any(p => p != 0))
            {
                return null;
            }

            (before, behind, input) = (pads[2], pads[2 + (pads.Count / 2)], pad.Inputs[0]);
        }
        else if (!countPadding)
        {
            return null;
        }

        var isPlain = window.Kernel.Skip(1).Concat(window.Strides).Concat(window.Dilations).All(v => v == 1) && window.PadsBegin.Skip(1).Concat(window.PadsEnd.Skip(1)).All(p => p == 0) && !window.CeilMode;
        return isPlain && size % 2 == 1 && before == size / 2 && behind == size / 2
            && Graph.Shapes.TryGetValue(input, out var laid) && laid.Rank >= 3 && laid[0] == shape[0] && laid[1] == 1 && laid[2] == shape[1]
            && SquareOf(BeforeReshapes(input)) == x
            ? size
            : null;
    }
}
