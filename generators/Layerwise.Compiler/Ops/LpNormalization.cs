using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>x/(Σ|x|ᵖ)^(1/p) along an axis, p 1 or 2.</summary>
public sealed record LpNormalization(int Axis, long P) : KernelOperator
{
    public static Operator Read(NodeReader node) => node.Int("p", 2) is (1 or 2) and var p
        ? new LpNormalization(checked((int)node.Int("axis", -1)), p)
        : throw node.Unsupported($"p = {node.Int("p", 2)} is not supported", "The standard has 1 and 2.");

    public override string Name => "LpNormalization";

    public override OperatorClass Class => OperatorClass.Normalization;

    public override WayBack WayBack => WayBack.Own;

    public override IEnumerable<(string Name, object Value)> Options => [("axis", Axis), ("p", P)];

    public override Operator Resolve(NodeContext node) => this with { Axis = node.AxisOfSample(node.Shape(0), Axis) };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
