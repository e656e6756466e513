using Layerwise.Oracle.Graph;
using Layerwise.Oracle.Linear;
using Layerwise.Oracle.Steps;

namespace Layerwise.Oracle.Operators;

/// <summary>Means, sums and maxima of windows or along axes.</summary>
internal static class Pools
{
    public static readonly Dictionary<string, Func<NodeCall, Value>> Operators = new()
    {
        ["AveragePool"] = call => Mean(call, Windows.Of(call.Node, call[0].Shape[2..], call.Node.Ints("kernel_shape")!)),
        ["GlobalAveragePool"] = call => Mean(call, Windows.Whole(call[0].Shape[2..])),
        ["MaxPool"] = call => Largest(call, Windows.Of(call.Node, call[0].Shape[2..], call.Node.Ints("kernel_shape")!)),
        ["GlobalMaxPool"] = call => Largest(call, Windows.Whole(call[0].Shape[2..])),
        ["ReduceMean"] = call => Reduce(call, isMean: true),
        ["ReduceSum"] = call => Reduce(call, isMean: false),
    };

    private static Value Mean(NodeCall call, Windows windows)
    {
        var x = call[0].Shape;
        return call.Linear(new Average(windows, x[0] * x[1], call.Node.Int("count_include_pad", 0) != 0), [x[0], x[1], .. windows.Output]);
    }

    private static Value Largest(NodeCall call, Windows windows)
    {
        if (call.Output > 0)
        {
            throw call.NoReference("where its maxima stand");
        }

        var x = call[0];
        return new Computed(call.Trace.Tape.Add(new Maximum(call.Node.OpType, new Reading(call.Trace.Tape, x.Map), windows, x.Shape[0] * x.Shape[1])), [x.Shape[0], x.Shape[1], .. windows.Output]);
    }

    private static Value Reduce(NodeCall call, bool isMean)
    {
        var (x, asked, keep) = (call[0].Shape, call.Integers("axes", 1), call.Node.Int("keepdims", 1) != 0);
        if (asked is null or [] && call.Node.Int("noop_with_empty_axes", 0) != 0)
        {
            return call[0];
        }

        var axes = asked is null or [] ? [.. Enumerable.Range(0, x.Length)] : asked.Select(a => Shapes.Axis(a, x.Length)).ToHashSet();
        int[] kept = [.. x.Select((d, axis) => axes.Contains(axis) ? 1 : d)];
        var strides = Shapes.Strides(kept);
        var to = Shapes.Places(x, axis => axes.Contains(axis) ? 0 : strides[axis]);
        var outputs = Shapes.Size(kept);
        return call.Linear(new Reduction(to, outputs, isMean ? outputs / (double)to.Length : 1), keep ? kept : [.. x.Where((_, axis) => !axes.Contains(axis))]);
    }
}
