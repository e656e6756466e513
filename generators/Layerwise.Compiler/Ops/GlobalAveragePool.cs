using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The mean of each channel over all spatial axes, which stay with size 1.</summary>
public sealed record GlobalAveragePool : Operator
{
    public static Operator Read(NodeReader node) => new GlobalAveragePool();

    public override string Name => "GlobalAveragePool";

    public override OperatorClass Class => OperatorClass.AveragePool;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return x.Rank > 2
            ? [new Shape([x[0], x[1], .. Enumerable.Repeat((Dim)1, x.Rank - 2)])]
            : throw node.ShapeError($"its input {x} has no spatial axis");
    }

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
