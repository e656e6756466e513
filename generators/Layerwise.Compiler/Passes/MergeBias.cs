using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Joins a linear layer with the Add of a constant after it: that constant is the layer's bias, as in the framework it came from.
/// Leaves alone: an Add that gives each position its own number, and a layer whose output has other readers.
/// </summary>
public static class MergeBias
{
    public static Graph Run(Graph graph) => MergeIntoLinear.Run(graph, (linear, next, define) =>
    {
        var shape = graph.Shapes[linear.Output];
        var axis = MergeIntoLinear.OutputAxis(linear, shape);
        if (next.Operator is not Sum
            || next.Inputs.Count != 2
            || !graph.Constants.TryGetValue(next.Inputs[next.Inputs[0] == linear.Output ? 1 : 0], out var addend)
            || addend.Type != ElementType.Float32
            || !IsBias(addend.Shape, shape, axis))
        {
            return null;
        }

        var bias = LowerDense.AsBias(addend, shape[axis].Count);
        var sum = MergeIntoLinear.Bias(linear) is { } before ? new Constant.Sum(graph.Constants[before], bias) : bias;
        return linear.WithInputs(linear.Inputs[0], linear.Inputs[1], define(next.Output + "/bias", sum));
    });

    /// <summary>Whether a constant broadcasts along one axis of a value alone.</summary>
    internal static bool IsBias(EquatableList<long> constant, Shape value, int axis)
    {
        var own = axis - value.Rank + constant.Count;
        return constant.Count <= value.Rank
            && constant.Where((_, i) => i != own).All(d => d == 1)
            && (own < 0 || constant[own] == 1 || constant[own] == value[axis].Count);
    }
}
