using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes.Recognition;

/// <summary>
/// GlobalAveragePool, as exporters write adaptive pooling to one element: a mean over all spatial axes, or an average pool as large as its input.
/// Leaves alone: a mean over some of the axes, or over channels that stand last.
/// </summary>
internal sealed class GlobalPools(Graph graph) : Pattern(graph)
{
    protected override Found? Match(Node node)
    {
        if (node.Inputs.Count == 0 || Computed(node.Inputs[0]) is not { Rank: >= 3 } x)
        {
            return null;
        }

        var spatial = x.Dims.Skip(2).ToList();
        return node.Operator switch
        {
            Reduce { Source: "ReduceMean", Axes: { } axes } mean when axes.SequenceEqual(Enumerable.Range(2, x.Rank - 2).Select(a => (long)a))
                => new(new GlobalAveragePool(), node.Inputs[0]) { Then = mean.KeepAxes ? null : new Reshape(AllowZero: false) },
            AveragePool { Window: var window } when spatial.SequenceEqual(window.Kernel.Select(k => (Dim)k)) && window.PadsBegin.Concat(window.PadsEnd).All(p => p == 0) && window.Dilations.All(d => d == 1)
                && Graph.Shapes[node.Output].Dims.Skip(2).All(d => d == 1)
                => new(new GlobalAveragePool(), node.Inputs[0]),
            _ => null,
        };
    }
}
