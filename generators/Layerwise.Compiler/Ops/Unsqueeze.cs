using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>New axes of size 1. The axes are an attribute before opset 13, an input from then on.</summary>
public sealed record Unsqueeze(EquatableList<long>? Axes) : Operator
{
    public static Operator Read(NodeReader node) => new Unsqueeze(node.Ints("axes") is { } axes ? new EquatableList<long>(axes) : null);

    public override string Name => "Unsqueeze";

    public override OperatorClass Class => OperatorClass.Movement;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [new Shape(Widen(node, node.Shape(0).Dims))];

    public override Known? Evaluate(NodeContext node) => node.Known(0) is { } known
        ? known.As([.. Widen(node, [.. known.Shape.Select(d => (Dim)d)]).Select(d => d.Count)])
        : null;

    public override Constant? Fold(NodeContext node)
        => node.Constant(0) is { } constant
            ? new Constant.Reshaped(constant, new(Widen(node, [.. constant.Shape.Select(d => (Dim)d)]).Select(d => d.Count)))
            : null;

    public override bool HandsOn(NodeContext node, Shape output) => output.Equals(node.Shape(0));

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];

    private List<Dim> Widen(NodeContext node, IReadOnlyList<Dim> dims)
    {
        var axes = Axes ?? node.Numbers(1, "its axes") ?? throw node.ShapeError("it names no axes");
        var rank = dims.Count + axes.Count;
        var widened = new List<Dim>(dims);
        foreach (var axis in axes.Select(a => a < 0 ? a + rank : a).OrderBy(a => a))
        {
            widened.Insert(axis >= 0 && axis <= widened.Count ? (int)axis : throw node.ShapeError($"axis {axis} lies outside a shape of {rank} dimensions"), 1);
        }

        return widened;
    }
}
