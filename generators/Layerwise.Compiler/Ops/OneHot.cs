using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>A new axis that is one value where the index stands and another elsewhere. Inputs: the indices, the depth, both values (off, on).</summary>
public sealed record OneHot(int Axis, long Depth) : KernelOperator
{
    public static Operator Read(NodeReader node) => new OneHot(checked((int)node.Int("axis", -1)), 0);

    public override string Name => "OneHot";

    public override OperatorClass Class => OperatorClass.Movement;

    public override IEnumerable<(string Name, object Value)> Options => [("depth", Depth), ("axis", Axis)];

    public override string? InputName(int input) => input == 1 ? "" : null;

    public override Operator Resolve(NodeContext node)
    {
        var rank = node.Shape(0).Rank + 1;
        var depth = node.Known(1) switch
        {
            KnownIntegers { Values: [{ IsBatch: false, IsOpen: false } value] } => value.Count,
            KnownFloats { Values: [var value] } when value == Math.Floor(value) => (long)value,
            null => throw node.NotConstant(1, "its depth"),
            _ => throw node.ShapeError("its depth is not one whole number"),
        };
        return depth >= 0 && Axis >= -rank && Axis < rank
            ? new OneHot(Axis < 0 ? Axis + rank : Axis, depth)
            : throw node.ShapeError($"its depth {depth} or axis {Axis} does not fit its indices {node.Shape(0)}");
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var indices = node.Shape(0);
        return [new Shape([.. indices.Dims.Take(Axis), Depth, .. indices.Dims.Skip(Axis)])];
    }

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [node.Type(2)];
}
