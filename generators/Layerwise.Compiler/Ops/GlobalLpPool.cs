using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>(Σ|x|ᵖ)^(1/p) of each channel.</summary>
public sealed record GlobalLpPool(long P) : KernelOperator
{
    public static Operator Read(NodeReader node) => new GlobalLpPool(node.Int("p", 2));

    public override string Name => "GlobalLpPool";

    public override OperatorClass Class => OperatorClass.Reduction;

    public override IEnumerable<(string Name, object Value)> Options => [("p", P)];

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return x.Rank > 2 ? [new Shape([.. x.Dims.Take(2), .. Enumerable.Repeat((Dim)1, x.Rank - 2)])] : throw node.ShapeError($"its input {x} has no spatial axes");
    }

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => true;
}
