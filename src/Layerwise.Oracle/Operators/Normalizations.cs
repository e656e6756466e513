using Layerwise.Oracle.Graph;
using Layerwise.Oracle.Linear;
using Layerwise.Oracle.Steps;

namespace Layerwise.Oracle.Operators;

/// <summary>BatchNormalization with fixed statistics, which is a scale and a shift, and local response normalization.</summary>
internal static class Normalizations
{
    public static readonly Dictionary<string, Func<NodeCall, Value>> Operators = new()
    {
        ["BatchNormalization"] = BatchNorm,
        ["LRN"] = call =>
        {
            var x = call[0];
            int size = (int)call.Node.Int("size", 1);
            var step = new LocalResponse("LRN", new Reading(call.Trace.Tape, x.Map), x.Shape, size, call.Node.Float("alpha", 0.0001f), call.Node.Float("beta", 0.75f), call.Node.Float("bias", 1));
            return new Computed(call.Trace.Tape.Add(step), x.Shape);
        },
    };

    private static Value BatchNorm(NodeCall call)
    {
        var (x, epsilon) = (call[0].Shape, call.Node.Float("epsilon", 1e-5f));
        var (gamma, beta, mean, variance) = (call.Constant(1).Values, call.Constant(2).Values, call.Constant(3).Values, call.Constant(4).Values);
        double[] scale = [.. gamma.Select((g, c) => g / Math.Sqrt(variance[c] + epsilon))];
        int[] places = [.. Enumerable.Range(0, Shapes.Size(x))];
        var area = x.Length > 1 ? Shapes.Size(x.AsSpan(2)) : 1;
        int Channel(int i) => x.Length > 1 ? i / area % x[1] : 0;
        return call.Linear(new Thin(places, [.. places.Select(i => scale[Channel(i)])], [.. places.Select(i => beta[Channel(i)] - (mean[Channel(i)] * scale[Channel(i)]))]), x);
    }
}
