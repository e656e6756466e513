using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>A·B over the last axis of A with a constant matrix B; becomes <see cref="Dense"/>.</summary>
public sealed record MatMul : Operator
{
    public static Operator Read(NodeReader node)
    {
        node.RequireFloats(0, 1);
        return new MatMul();
    }

    public override string Name => "MatMul";

    public override OperatorClass Class => OperatorClass.Dense;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        var weight = Dense.ConstantWeight(node);
        if (x.Rank < 2 || x[x.Rank - 1] != weight.Shape[0])
        {
            throw node.ShapeError($"its weight {weight.ShapeText} does not fit its input {x}");
        }

        return [new Shape([.. x.Dims.Take(x.Rank - 1), weight.Shape[1]])];
    }
}
