using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Canonizer: merges a multiplication by one number an output into the linear layer before it, as exporters write the scale of a
/// BatchNormalization. Leaves alone: a factor for each position, and a layer whose output has other readers.
/// </summary>
public static class MergeScale
{
    public static Graph Run(Graph graph) => MergeIntoLinear.Run(graph, (linear, next, define) =>
    {
        var shape = graph.Shapes[linear.Output];
        var axis = MergeIntoLinear.OutputAxis(linear, shape);
        if (next.Operator is not Elementwise { Name: "Mul" }
            || !graph.Constants.TryGetValue(next.Inputs[next.Inputs[0] == linear.Output ? 1 : 0], out var factor)
            || factor.Type != ElementType.Float32
            || !MergeBias.IsBias(factor.Shape, shape, axis))
        {
            return null;
        }

        var weight = graph.Constants[linear.Inputs[1]];
        var perOutput = LowerDense.AsBias(factor, shape[axis].Count);
        return linear.With(
            define,
            next,
            new Constant.Product(weight, new Constant.Expanded(Along(perOutput, linear.Operator, weight.Shape), weight.Shape)),
            MergeIntoLinear.Bias(linear) is { } bias ? new Constant.Product(graph.Constants[bias], perOutput) : null);
    });

    // One number an output, as it stands along the weight: [out, 1, …], or transposed [in of a group, out, 1, …] group by group.
    private static Constant Along(Constant perOutput, Operator linear, EquatableList<long> weight)
    {
        var ones = Enumerable.Repeat(1L, weight.Count - 2);
        if (linear is not ConvTranspose transposed)
        {
            return new Constant.Reshaped(perOutput, new([weight[0], 1, .. ones]));
        }

        if (transposed.Groups == 1)
        {
            return new Constant.Reshaped(perOutput, new([1, weight[1], .. ones]));
        }

        var groups = new Constant.Expanded(new Constant.Reshaped(perOutput, new([transposed.Groups, 1, weight[1]])), new([transposed.Groups, weight[0] / transposed.Groups, weight[1]]));
        return new Constant.Reshaped(groups, new([weight[0], weight[1], .. ones]));
    }
}
