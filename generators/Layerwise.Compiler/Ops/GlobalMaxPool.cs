using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The maximum of each channel.</summary>
public sealed record GlobalMaxPool : KernelOperator
{
    public static Operator Read(NodeReader node) => new GlobalMaxPool();

    public override string Name => "GlobalMaxPool";

    public override OperatorClass Class => OperatorClass.MaxPool;

    public override WayBack WayBack => WayBack.Own;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return x.Rank > 2 ? [new Shape([.. x.Dims.Take(2), .. Enumerable.Repeat((Dim)1, x.Rank - 2)])] : throw node.ShapeError($"its input {x} has no spatial axes");
    }

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
