using Layerwise.Oracle.Graph;
using Layerwise.Oracle.Linear;

namespace Layerwise.Oracle.Operators;

/// <summary>Convolutions and matrix products by weights.</summary>
internal static class Products
{
    public static readonly Dictionary<string, Func<NodeCall, Value>> Operators = new()
    {
        ["Conv"] = Convolve,
        ["ConvTranspose"] = ConvolveTransposed,
        ["Gemm"] = Multiply,
        ["MatMul"] = Multiply,
    };

    private static Value Convolve(NodeCall call)
    {
        var (x, weight, bias) = (call[0].Shape, call.Constant(1), call.Has(2) ? call.Constant(2).Values : null);
        var groups = (int)call.Node.Int("group", 1);
        var windows = Windows.Of(call.Node, x[2..], weight.Shape[2..]);
        return call.Linear(new Convolution(windows, weight, bias, x[0], x[1], groups), [x[0], weight.Shape[0], .. windows.Output]);
    }

    private static Value ConvolveTransposed(NodeCall call)
    {
        var (x, weight, bias) = (call[0].Shape, call.Constant(1), call.Has(2) ? call.Constant(2).Values : null);
        var groups = (int)call.Node.Int("group", 1);
        var windows = Windows.Transposed(call.Node, x[2..], weight.Shape[2..]);
        var map = new TransposedConvolution(windows, weight, bias, x[0], x[1], groups);
        return call.Linear(map, [x[0], weight.Shape[1] * groups, .. windows.Input]);
    }

    private static Value Multiply(NodeCall call)
    {
        var (x, gemm) = (call[0].Shape, call.Node.OpType == "Gemm");
        if (gemm && call.Node.Int("transA", 0) != 0)
        {
            throw call.NoReference("transA");
        }

        if (call[1] is not Constant { Grid: { Shape: [_, _] } weight })
        {
            throw call.NoReference("a product by something else than a weight of two axes");
        }

        var transposed = gemm && call.Node.Int("transB", 0) != 0;
        var (inputs, outputs) = transposed ? (weight.Shape[1], weight.Shape[0]) : (weight.Shape[0], weight.Shape[1]);
        if (x.Length == 0 || x[^1] != inputs)
        {
            throw call.NoReference($"an input {Shapes.Text(x)} for a weight {Shapes.Text(weight.Shape)}");
        }

        var rows = Shapes.Size(x) / inputs;
        Func<int, int, double>? bias = null;
        if (gemm && call.Has(2))
        {
            var (addend, beta) = (call.Constant(2), call.Node.Float("beta", 1));
            var from = Shapes.From(addend.Shape, [rows, outputs]);
            bias = (row, o) => beta * addend.Values[from[(row * outputs) + o]];
        }

        return call.Linear(new Product(rows, inputs, outputs, weight, transposed, gemm ? call.Node.Float("alpha", 1) : 1, bias), [.. x[..^1], outputs]);
    }
}
