using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Canonizer: merges a BatchNormalization into the convolution or dense layer before it (w·γ/√(σ²+ε), likewise the bias), so that
/// a rule sees one linear layer. Leaves alone: a BatchNormalization over another axis than the layer's outputs, and a layer whose
/// output has other readers.
/// </summary>
public static class MergeBatchNorm
{
    public static Graph Run(Graph graph)
    {
        var count = 0;
        var result = MergeIntoLinear.Run(graph, (linear, next, define) =>
        {
            if (next.Operator is not BatchNormalization norm || (linear.Operator is Dense && graph.Shapes[linear.Output].Rank != 2))
            {
                return null;
            }

            count++;
            var tensors = norm.Tensors(next, graph.Constants);
            var weight = graph.Constants[linear.Inputs[1]];
            var (axis, groups) = linear.Operator is ConvTranspose transposed ? (1, transposed.Groups) : (0, 1);
            var merged = linear.With(
                define,
                next,
                new Constant.MergedWeight(tensors, weight, axis, groups),
                new Constant.MergedBias(tensors, MergeIntoLinear.Bias(linear) is { } before ? graph.Constants[before] : null));
            return merged with { Operator = linear.Operator with { WithBatchNorm = true } };
        });
        return count switch
        {
            0 => graph,
            1 => result.Note("1 BatchNormalization is merged into the linear layer before it."),
            _ => result.Note($"{count} BatchNormalizations are merged into the linear layers before them."),
        };
    }
}
