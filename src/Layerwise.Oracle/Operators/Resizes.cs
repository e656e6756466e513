using Layerwise.Oracle.Graph;
using Layerwise.Oracle.Linear;

namespace Layerwise.Oracle.Operators;

/// <summary>Resize and Upsample: nearest, linear and cubic, axis by axis, as the ONNX standard defines them.</summary>
internal static class Resizes
{
    public static readonly Dictionary<string, Func<NodeCall, Value>> Operators = new() { ["Resize"] = Resize, ["Upsample"] = Resize };

    private static Value Resize(NodeCall call)
    {
        var (node, x, isOld) = (call.Node, call[0].Shape, call.Node.OpType == "Upsample" || call.Opset < 11);
        if (node.Int("antialias", 0) != 0 || node.Text("keep_aspect_ratio_policy", "stretch") != "stretch")
        {
            throw call.NoReference("antialias, or sizes that keep the aspect");
        }

        var mode = node.Text("mode", "nearest") is var m && m == "bilinear" ? "linear" : m;
        var transformation = isOld ? "asymmetric" : node.Text("coordinate_transformation_mode", "half_pixel");
        var rounding = isOld ? "floor" : node.Text("nearest_mode", "round_prefer_floor");
        int[] axes = node.Ints("axes") is { } own ? [.. own.Select(a => Shapes.Axis(a, x.Length))] : [.. Enumerable.Range(0, x.Length)];
        var scales = node.Floats("scales") ?? Numbers(call, isOld ? 1 : 2);
        var sizes = scales is null ? Numbers(call, 3) : null;
        var taps = new (int, double)[x.Length][][];
        for (var axis = 0; axis < x.Length; axis++)
        {
            var (k, size) = (Array.IndexOf(axes, axis), x[axis]);
            var scale = k < 0 ? 1 : scales?[k] ?? sizes![k] / size;
            var length = k < 0 ? size : (int)(sizes?[k] ?? Math.Floor(size * scale));
            taps[axis] = [.. Enumerable.Range(0, length).Select(at => scale == 1 && length == size
                ? [(at, 1.0)]
                : Taps(Place(at, scale, size, length, transformation, call), size, mode, rounding, node.Float("cubic_coeff_a", -0.75f), node.Int("exclude_outside", 0) != 0))];
        }

        return call.Linear(new Interpolation(x, taps), [.. taps.Select(t => t.Length)]);
    }

    private static double[]? Numbers(NodeCall call, int input) => call.Has(input) && call.Constant(input).Values is { Length: > 0 } values ? values : null;

    // Where a new element stood before.
    private static double Place(int at, double scale, int size, int length, string transformation, NodeCall call) => transformation switch
    {
        "half_pixel" => ((at + 0.5) / scale) - 0.5,
        "pytorch_half_pixel" => length == 1 ? 0 : ((at + 0.5) / scale) - 0.5,
        "half_pixel_symmetric" => (size / 2.0 * (1 - (length / (scale * size)))) + ((at + 0.5) / scale) - 0.5,
        "align_corners" => length == 1 ? 0 : at * (size - 1) / ((scale * size) - 1),
        "asymmetric" => at / scale,
        "tf_half_pixel_for_nn" => (at + 0.5) / scale,
        _ => throw call.NoReference(transformation),
    };

    private static (int At, double Weight)[] Taps(double from, int size, string mode, string rounding, double a, bool excludeOutside)
    {
        if (mode == "nearest")
        {
            var nearest = rounding switch
            {
                "floor" => Math.Floor(from),
                "ceil" => Math.Ceiling(from),
                "round_prefer_ceil" => Math.Floor(from + 0.5),
                _ => Math.Ceiling(from - 0.5),
            };
            return [(Math.Clamp((int)nearest, 0, size - 1), 1)];
        }

        var reach = mode == "linear" ? 1 : 2;
        var first = (int)Math.Floor(from) - reach + 1;
        var taps = Enumerable.Range(first, 2 * reach)
            .Select(at => (At: Math.Clamp(at, 0, size - 1), Weight: excludeOutside && (at < 0 || at >= size) ? 0 : mode == "linear" ? Math.Max(0, 1 - Math.Abs(from - at)) : Cubic(Math.Abs(from - at), a)))
            .Where(t => t.Weight != 0).ToList();
        var total = taps.Sum(t => t.Weight);

        // What stands beyond the border is what stands at it: one element, one weight.
        return [.. taps.GroupBy(t => t.At).Select(g => (g.Key, g.Sum(t => t.Weight) / total))];
    }

    private static double Cubic(double x, double a) => x <= 1 ? ((((a + 2) * x) - (a + 3)) * x * x) + 1 : x < 2 ? ((((((x - 5) * x) + 8) * x) - 4) * a) : 0;
}
