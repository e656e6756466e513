using Layerwise.Oracle.Onnx;

namespace Layerwise.Benchmarks;

/// <summary>
/// The time that the arithmetic alone takes: passes over each linear layer, each as fast as the core multiplies or as memory is read, whichever
/// takes longer. A pass is a layer's forward, or its backward towards the input; what a rule needs of them:
/// Epsilon 2; ZPlus 3 where the input is never negative, else 4; Gamma 3 in front of a Relu on such an input, 4 otherwise; AlphaBeta 5, on signed
/// inputs 8; Flat, which is no multiplication, the forward alone; ZBox 3 backward passes and the forward.
/// </summary>
internal static class Floor
{
    public static double Seconds(ModelProto model, long batch, string? composite, Machine machine)
    {
        var shapes = Shapes(model, batch);
        var weights = model.Graph.Initializer.ToDictionary(i => i.Name, i => i.Dims.Aggregate(1L, (a, b) => a * b));
        var nonNegative = model.Graph.Node.Where(n => n.OpType is "Relu" or "Clip").Select(n => n.Output[0]).ToHashSet();
        foreach (var node in model.Graph.Node.Where(n => n.OpType is "MaxPool" or "GlobalAveragePool" or "Flatten" && nonNegative.Contains(n.Input[0])))
        {
            nonNegative.Add(node.Output[0]);
        }

        return model.Graph.Node.Where(n => n.OpType is "Conv" or "Gemm").Sum(node =>
        {
            var (input, output) = (Size(shapes[node.Input[0]]), Size(shapes[node.Output[0]]));
            var weight = weights[node.Input[1]];
            var multiplyAdds = node.OpType == "Gemm" ? batch * weight : output * weight / shapes[node.Output[0]][1];
            var pass = Math.Max(2 * multiplyAdds / machine.Flops, sizeof(float) * (weight + input + output) / machine.Bandwidth);
            var isLast = node.Output[0] == model.Graph.Output[0].Name;

            // From one class of a last layer back is one row.
            return pass * (composite is null ? 1 : Passes(node, composite, node.Input[0] == model.Graph.Input[0].Name, nonNegative.Contains(node.Input[0]), model) - (isLast ? 1 : 0));
        });
    }

    private static int Passes(NodeProto node, string composite, bool isFirst, bool isNonNegative, ModelProto model) => (composite, node.OpType, isFirst) switch
    {
        ("EpsilonPlusFlat" or "EpsilonAlpha2Beta1Flat", _, true) => 1,
        ("EpsilonGammaBox", "Conv", true) => 4,
        (_, "Gemm", _) => 2,
        ("EpsilonPlusFlat", _, _) => isNonNegative ? 3 : 4,
        ("EpsilonGammaBox", _, _) => isNonNegative && model.Graph.Node.Where(n => n.Input.Contains(node.Output[0])).All(n => n.OpType is "Relu" or "Clip") ? 3 : 4,
        _ => isNonNegative ? 5 : 8,
    };

    private static long Size(long[] shape) => shape.Aggregate(1L, (a, b) => a * b);

    private static Dictionary<string, long[]> Shapes(ModelProto model, long batch)
    {
        var shapes = new Dictionary<string, long[]> { [model.Graph.Input[0].Name] = [batch, .. model.Graph.Input[0].Type.TensorType.Shape.Dim.Skip(1).Select(d => d.DimValue)] };
        var weights = model.Graph.Initializer.ToDictionary(i => i.Name, i => i.Dims.ToArray());
        foreach (var node in model.Graph.Node)
        {
            var x = shapes[node.Input[0]];
            long[] Ints(string name) => [.. node.Attribute.Single(a => a.Name == name).Ints];
            long[] Spatial() => [.. x[2..].Select((size, axis) => ((size + (2 * Ints("pads")[axis]) - Ints("kernel_shape")[axis]) / Ints("strides")[axis]) + 1)];
            shapes[node.Output[0]] = node.OpType switch
            {
                "Conv" => [batch, weights[node.Input[1]][0], .. Spatial()],
                "MaxPool" => [batch, x[1], .. Spatial()],
                "Gemm" => [batch, weights[node.Input[1]][0]],
                "GlobalAveragePool" => [batch, x[1], 1, 1],
                "Flatten" => [batch, Size(x) / batch],
                _ => x,
            };
        }

        return shapes;
    }
}
