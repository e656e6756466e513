using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Canonizer: merges a BatchNormalization into the convolution or dense layer before it (w·γ/√(σ²+ε), likewise the bias), so that
/// a rule sees one linear layer. Leaves alone: a BatchNormalization before its linear layer, one over another axis than the layer's
/// outputs, and a layer whose output has other readers.
/// </summary>
public static class MergeBatchNorm
{
    public static Graph Run(Graph graph)
    {
        var count = 0;
        var merged = MergeIntoLinear.Run(graph, (linear, next, define) =>
        {
            if (next.Operator is not BatchNormalization norm || (linear.Operator is Dense && graph.Shapes[linear.Output].Rank != 2))
            {
                return null;
            }

            count++;
            var tensors = norm.Tensors(next, graph.Constants);
            var weight = define(next.Output + "/weight", new Constant.MergedWeight(tensors, graph.Constants[linear.Inputs[1]], OutputAxis: 0));
            var bias = define(next.Output + "/bias", new Constant.MergedBias(tensors, MergeIntoLinear.Bias(linear) is { } before ? graph.Constants[before] : null));
            return linear.WithInputs(linear.Inputs[0], weight, bias) with { Operator = linear.Operator with { WithBatchNorm = true } };
        });
        return count switch
        {
            0 => graph,
            1 => merged.Note("1 BatchNormalization is merged into the linear layer before it."),
            _ => merged.Note($"{count} BatchNormalizations are merged into the linear layers before them."),
        };
    }
}
