using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Axes of size 1 taken out; all of them where none is named. The axes are an attribute before opset 13, an input from then on.</summary>
public sealed record Squeeze(EquatableList<long>? Axes) : Operator
{
    public static Operator Read(NodeReader node) => new Squeeze(node.Ints("axes") is { } axes ? new EquatableList<long>(axes) : null);

    public override string Name => "Squeeze";

    public override OperatorClass Class => OperatorClass.Movement;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [Narrow(node, node.Shape(0))];

    public override Known? Evaluate(NodeContext node)
        => node.Known(0) is { } known ? known.As([.. Narrow(node, node.Shape(0)).Dims.Select(d => d.Count)]) : null;

    public override Constant? Fold(NodeContext node)
        => node.Constant(0) is { } constant ? new Constant.Reshaped(constant, new(Narrow(node, node.Shape(0)).Dims.Select(d => d.Count))) : null;

    public override bool HandsOn(NodeContext node, Shape output) => output.Equals(node.Shape(0));

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];

    private Shape Narrow(NodeContext node, Shape x)
    {
        var axes = node.Axes(x, Axes, 1) ?? [.. Enumerable.Range(0, x.Rank).Where(axis => x[axis] == 1)];
        return axes.Where(axis => x[axis] != 1).ToList() is [var wide, ..]
            ? throw node.ShapeError($"axis {wide} of its input {x} is not of size 1")
            : new Shape(x.Dims.Where((_, axis) => !axes.Contains(axis)));
    }
}
