using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The input in parts along an axis. Their sizes are an attribute before opset 13, an input from then on; equal ones where neither is there.</summary>
public sealed record Split(int Axis, EquatableList<long>? Sizes) : Operator
{
    public static Operator Read(NodeReader node)
    {
        node.Ignore("num_outputs");
        return new Split(checked((int)node.Int("axis", 0)), node.Ints("split") is { } sizes ? new(sizes) : null);
    }

    public override string Name => "Split";

    public override OperatorClass Class => OperatorClass.Movement;

    public override Operator Resolve(NodeContext node)
    {
        var x = node.Shape(0);
        var axis = node.Axis(x, Axis);
        if (x[axis].IsBatch || x[axis].IsOpen)
        {
            throw node.ShapeError($"it splits {x} along axis {axis}, whose size is not known");
        }

        var count = node.Node.Outputs.Count;
        var part = (x[axis].Count + count - 1) / count;
        var sizes = Sizes ?? node.Numbers(1, "its sizes") ?? [.. Enumerable.Range(0, count).Select(i => Math.Max(0, Math.Min(part, x[axis].Count - (i * part))))];
        return sizes.Count == count && sizes.All(s => s >= 0) && sizes.Sum() == x[axis].Count
            ? new Split(axis, new(sizes))
            : throw node.ShapeError($"its sizes [{string.Join(", ", sizes)}] do not split axis {axis} of {x} into {count} parts");
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
        => [.. Sizes!.Select(size => new Shape(node.Shape(0).Dims.Select((dim, axis) => axis == Axis ? size : dim)))];

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
