using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>One number a channel over all spatial axes, which stay with size 1.</summary>
public abstract record GlobalPool : KernelOperator
{
    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return x.Rank > 2 ? [new Shape([.. x.Dims.Take(2), .. Enumerable.Repeat((Dim)1, x.Rank - 2)])] : throw node.ShapeError($"its input {x} has no spatial axis");
    }

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
