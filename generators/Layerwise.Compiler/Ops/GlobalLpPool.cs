using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>(Σ|x|ᵖ)^(1/p) of each channel.</summary>
public sealed record GlobalLpPool(long P) : GlobalPool
{
    public static Operator Read(NodeReader node) => new GlobalLpPool(node.Int("p", 2));

    public override string Name => "GlobalLpPool";

    public override OperatorClass Class => OperatorClass.Reduction;

    public override IEnumerable<(string Name, object Value)> Options => [("p", P)];

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => true;
}
