using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The input repeated to a larger shape, with numpy's broadcasting. Inputs: x, the shape.</summary>
public sealed record Expand : KernelOperator
{
    public static Operator Read(NodeReader node) => new Expand();

    public override string Name => "Expand";

    public override OperatorClass Class => OperatorClass.Movement;

    public override WayBack WayBack => WayBack.Moves;

    public override string? InputName(int input) => input == 1 ? "" : null;

    public override Operator Resolve(NodeContext node) => this with { NeedsBatch = Target(node).Dims.Any(d => d.IsBatch) && !node.Shape(0).Dims.Any(d => d.IsBatch) };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [Target(node)];

    public override Known? Evaluate(NodeContext node)
        => node.Known(0) is { Count: 1 } from && Target(node) is var target && target.Elements is { IsBatch: false, Count: <= Ir.Known.Most } elements
            ? from.Pick(Enumerable.Repeat(0, (int)elements.Count), [.. target.Dims.Select(d => d.Count)])
            : null;

    public override bool HandsOn(NodeContext node, Shape output) => output.Equals(node.Shape(0));

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];

    private static Shape Target(NodeContext node)
    {
        var (x, wanted) = (node.Shape(0), node.Dims(1, "its shape")!);
        var target = wanted.Any(d => !d.IsOpen && d.Count < 0)
            ? throw node.ShapeError($"its shape [{string.Join(", ", wanted)}] has a negative size")
            : Broadcast.Of(node, x, new Shape(wanted));
        return target.Dims.Where((dim, axis) => dim.IsOpen && (axis < target.Rank - x.Rank || x[axis - target.Rank + x.Rank] != dim)).Any()
            ? throw node.ShapeError($"it expands its input {x} to {target}, whose size is not known")
            : target;
    }
}
