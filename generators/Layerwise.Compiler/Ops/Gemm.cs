using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>α·A·B + β·C; becomes <see cref="Dense"/> where A is a value, B a weight and C a bias.</summary>
public sealed record Gemm(float Alpha, float Beta, bool TransposeA, bool TransposeB) : KernelOperator
{
    public static Operator Read(NodeReader node)
    {
        node.RequireFloats(1, 2);
        node.IgnoreBroadcast();
        return new Gemm(node.Float("alpha", 1), node.Float("beta", 1), node.Int("transA", 0) != 0, node.Int("transB", 0) != 0);
    }

    public override string Name => "Gemm";

    public override OperatorClass Class => OperatorClass.Product;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("alpha", Alpha, 1f), ("beta", Beta, 1f), ("transposeA", TransposeA, false), ("transposeB", TransposeB, false));

    public override string? InputName(int input) => input == 2 ? "c" : null;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var (a, b) = (node.Shape(0), node.Shape(1));
        if (a.Rank != 2 || b.Rank != 2 || a[TransposeA ? 0 : 1] != b[TransposeB ? 1 : 0])
        {
            throw node.ShapeError($"its inputs {a} and {b} have no product");
        }

        if (a[TransposeA ? 0 : 1].IsBatch)
        {
            throw node.ShapeError($"it joins the samples of its inputs {a} and {b}");
        }

        var product = new Shape(a[TransposeA ? 1 : 0], b[TransposeB ? 0 : 1]);
        return !node.Has(2) || Broadcast.Of(node, product, node.Shape(2)).Equals(product) ? [product] : throw node.ShapeError($"its C {node.Shape(2)} does not fit the product {product}");
    }

    /// <summary>Whether it is a dense layer: weights on the right, and a C that adds one number to each output.</summary>
    public bool IsDense(Node node, Graph graph)
    {
        if (TransposeA || graph.Constants.ContainsKey(node.Inputs[0]) || !graph.Constants.TryGetValue(node.Inputs[1], out var weight) || weight.Type != ElementType.Float32)
        {
            return false;
        }

        return node.Inputs.Count < 3 || node.Inputs[2].Length == 0
            || (graph.Constants.TryGetValue(node.Inputs[2], out var bias) && bias.Type == ElementType.Float32 && Dense.IsBias(bias.Shape, weight.Shape[TransposeB ? 0 : 1]));
    }
}
