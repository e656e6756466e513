using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Sums of all elements up to each along an axis. Inputs: x, the axis.</summary>
/// <param name="Axis">The axis.</param>
/// <param name="Exclusive">Whether an element is not in its own sum.</param>
/// <param name="Reverse">Whether the sums run from the end.</param>
public sealed record CumSum(int Axis, bool Exclusive, bool Reverse) : KernelOperator
{
    public static Operator Read(NodeReader node) => new CumSum(0, node.Int("exclusive", 0) != 0, node.Int("reverse", 0) != 0);

    public override string Name => "CumSum";

    public override OperatorClass Class => OperatorClass.Reduction;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("axis", Axis, null), ("exclusive", Exclusive, false), ("reverse", Reverse, false));

    public override string? InputName(int input) => input == 1 ? "" : null;

    public override Operator Resolve(NodeContext node)
        => this with { Axis = node.AxisOfSample(node.Shape(0), node.Numbers(1, "its axis") is [var axis] ? axis : throw node.ShapeError("its axis is not one number")) };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
