using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>An element of x along an axis for each index. Inputs: x, the indices.</summary>
public sealed record GatherElements(int Axis) : KernelOperator
{
    public static Operator Read(NodeReader node) => new GatherElements(checked((int)node.Int("axis", 0)));

    public override string Name => "GatherElements";

    public override OperatorClass Class => OperatorClass.Movement;

    public override WayBack WayBack => WayBack.Moves;

    public override string InputRole(int input) => input == 0 ? "Table" : "Indices";

    public override IEnumerable<(string Name, object Value)> Options => [("axis", Axis)];

    public override Operator Resolve(NodeContext node)
    {
        var (x, indices) = (node.Shape(0), node.Shape(1));
        var axis = node.AxisOfSample(x, Axis);
        return x.Rank != indices.Rank || node.Type(1).IsFloat() ? throw node.ShapeError($"its indices {indices} do not fit its input {x}")
            : this with { Axis = axis };
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(1)];

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
