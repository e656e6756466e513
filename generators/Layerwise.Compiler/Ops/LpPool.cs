using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>(Σ|x|ᵖ)^(1/p) of each window.</summary>
public sealed record LpPool(Window Window, long P) : Pool(Window)
{
    public static Operator Read(NodeReader node) => new LpPool(ReadWindow(node), node.Int("p", 2));

    public override string Name => "LpPool";

    public override OperatorClass Class => OperatorClass.Reduction;

    public override bool IsDifferentiable => false;

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => true;
}
