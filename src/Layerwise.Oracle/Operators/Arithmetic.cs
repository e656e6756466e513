using Layerwise.Oracle.Graph;
using Layerwise.Oracle.Linear;

namespace Layerwise.Oracle.Operators;

/// <summary>Sums, products and quotients of values and constants, with numpy's broadcasting.</summary>
internal static class Arithmetic
{
    public static readonly Dictionary<string, Func<NodeCall, Value>> Operators = new()
    {
        ["Add"] = call => Sum(call, call.Inputs, Enumerable.Repeat(1.0, call.Count)),
        ["Sum"] = call => Sum(call, call.Inputs, Enumerable.Repeat(1.0, call.Count)),
        ["Sub"] = call => Sum(call, call.Inputs, [1, -1]),
        ["Mean"] = call => Sum(call, call.Inputs, Enumerable.Repeat(1.0 / call.Count, call.Count)),
        ["Neg"] = call => Sum(call, call.Inputs, [-1]),
        ["Mul"] = call => call[0] is Constant ? Scale(call, call[1], call.Constant(0), c => c)
            : call[1] is Constant ? Scale(call, call[0], call.Constant(1), c => c)
            : call.Function((_, a) => a[0] * a[1], (_, a, i) => a[1 - i], call[0], call[1]),
        ["Div"] = Divide,
        ["Pow"] = call => call.Function(
            (_, a) => Math.Pow(a[0], a[1]),
            (_, a, i) => i == 0 ? (a[1] == 0 ? 0 : a[1] * Math.Pow(a[0], a[1] - 1)) : Math.Pow(a[0], a[1]) * Math.Log(a[0]),
            call[0], call[1]),
        ["Max"] = call => Extreme(call, 1),
        ["Min"] = call => Extreme(call, -1),
    };

    // What is constant is a shift, so that a layer's bias may stand in a node of its own.
    private static Value Sum(NodeCall call, IEnumerable<Value> inputs, IEnumerable<double> weights)
    {
        Align(call);
        var terms = inputs.Zip(weights, (value, weight) => (Value: value, Weight: weight)).ToList();
        var shape = Shapes.Broadcast([.. terms.Select(t => t.Value.Shape)]);
        int[] From(Value value) => Shapes.From(value.Shape, shape);
        double[]? shift = null;
        foreach (var (constant, weight) in terms.Where(t => t.Value is Constant && terms.Count > 1))
        {
            var from = From(constant);
            shift ??= new double[from.Length];
            for (var i = 0; i < shift.Length; i++)
            {
                shift[i] += weight * ((Constant)constant).Grid.Values[from[i]];
            }
        }

        var computed = terms.Where(t => t.Value is not Constant || terms.Count == 1).ToList();
        if (computed.Count == 0)
        {
            return new Constant(new Grid(shift!, shape), terms.All(t => t.Value is Constant { IsInteger: true }));
        }

        if (computed is [var only])
        {
            var scale = only.Weight == 1 ? null : Enumerable.Repeat(only.Weight, Shapes.Size(shape)).ToArray();
            return new Computed(Chain.Of(new Thin(From(only.Value), scale, shift), only.Value.Map), shape);
        }

        var stack = new Stack([.. computed.Select(t => t.Value.Map)]);
        var starts = computed.Select((_, k) => computed.Take(k).Sum(t => t.Value.Map.Outputs)).ToList();
        var total = Chain.Of(new Total([.. computed.Select((t, k) => (int[])[.. From(t.Value).Select(i => starts[k] + i)])], [.. computed.Select(t => t.Weight)]), stack);
        return new Computed(shift is null ? total : Chain.Of(new Thin([.. Enumerable.Range(0, shift.Length)], null, shift), total), shape);
    }

    private static Value Scale(NodeCall call, Value value, Grid factor, Func<double, double> convert)
    {
        Align(call);
        var shape = Shapes.Broadcast(value.Shape, factor.Shape);
        var from = Shapes.From(factor.Shape, shape);
        double[] scale = [.. from.Select(i => convert(factor.Values[i]))];
        return new Computed(Chain.Of(new Thin(Shapes.From(value.Shape, shape), scale), value.Map), shape);
    }

    private static Value Divide(NodeCall call) => (call[0], call[1]) switch
    {
        (Constant { IsInteger: true } a, Constant b) => call.Function((_, v) => Math.Truncate(v[0] / v[1]), (_, _, _) => 0, a, b),
        (not Constant, Constant b) => Scale(call, call[0], b.Grid, c => 1 / c),
        _ => call.Function((_, a) => a[0] / a[1], (_, a, i) => i == 0 ? 1 / a[1] : -a[0] / (a[1] * a[1]), call[0], call[1]),
    };

    // Of equal ones the first takes the derivative.
    private static Value Extreme(NodeCall call, int sign)
    {
        double Best(double[] a) => sign > 0 ? a.Max() : a.Min();
        return call.Function((_, a) => Best(a), (_, a, i) => Array.IndexOf(a, Best(a)) == i ? 1 : 0, [.. call.Inputs]);
    }

    // Before opset 7, the second input was laid along an axis of the first.
    private static void Align(NodeCall call)
    {
        if (call.Node.Attribute("axis") is not null)
        {
            throw call.NoReference("broadcasting along an axis, as before opset 7");
        }
    }
}
