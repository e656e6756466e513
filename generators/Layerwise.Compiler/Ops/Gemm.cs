using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>α·A·B + β·C with a constant B; becomes <see cref="Dense"/>.</summary>
public sealed record Gemm(float Alpha, float Beta, bool TransposeA, bool TransposeB) : Operator
{
    public static Operator Read(NodeReader node)
    {
        node.RequireFloats(1, 2);
        return new Gemm(node.Float("alpha", 1), node.Float("beta", 1), node.Int("transA", 0) != 0, node.Int("transB", 0) != 0);
    }

    public override string Name => "Gemm";

    public override OperatorClass Class => OperatorClass.Dense;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        if (TransposeA)
        {
            throw node.Unsupported("transA = 1 is not supported", "Transpose the input before it.");
        }

        var weight = Dense.ConstantWeight(node);
        var (inputs, outputs) = TransposeB ? (weight.Shape[1], weight.Shape[0]) : (weight.Shape[0], weight.Shape[1]);
        if (x.Rank != 2 || x[1] != inputs)
        {
            throw node.ShapeError($"its weight {weight.ShapeText}, which takes {inputs} inputs, does not fit its input {x}");
        }

        if (node.Has(2) && (node.Constant(2) is not { } bias || !Dense.IsBias(bias.Shape, outputs)))
        {
            throw node.Unsupported($"its C must be a constant that adds one number to each of its {outputs} outputs", "Other forms of C are not supported.");
        }

        return [new Shape(x[0], outputs)];
    }
}
