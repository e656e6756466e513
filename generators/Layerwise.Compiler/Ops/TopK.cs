using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The largest or smallest elements along an axis and where they stand; of equal ones the first. Inputs: x, how many (an attribute before opset 10).</summary>
public sealed record TopK(int Axis, bool Largest, long? Count) : KernelOperator
{
    public static Operator Read(NodeReader node)
    {
        node.Ignore("sorted");
        return new TopK(checked((int)node.Int("axis", -1)), node.Int("largest", 1) != 0, node.Opset < 10 ? node.Int("k", 1) : null);
    }

    public override string Name => "TopK";

    public override OperatorClass Class => OperatorClass.Movement;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("count", Count, null), ("axis", Axis, null), ("largest", Largest, true));

    public override string? InputName(int input) => input == 1 ? "" : null;

    public override string? OutputName(int output) => output == 1 ? "places" : null;

    public override Operator Resolve(NodeContext node)
    {
        var x = node.Shape(0);
        var axis = node.Axis(x, Axis);
        var count = Count ?? (node.Numbers(1, "its count") is [var given] ? given : throw node.ShapeError("its count is not one number"));
        return !x[axis].IsBatch && !x[axis].IsOpen && count >= 0 && count <= x[axis].Count
            ? this with { Axis = axis, Count = count }
            : throw node.ShapeError($"it takes {count} elements of axis {axis} of {x}");
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var shape = new Shape(node.Shape(0).Dims.Select((dim, axis) => axis == Axis ? Count!.Value : dim));
        return [shape, shape];
    }

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [node.Type(0), ElementType.Int64];

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
