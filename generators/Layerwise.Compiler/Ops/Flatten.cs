using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>A matrix: the axes before <c>axis</c> in one, the others in the other.</summary>
public sealed record Flatten(int Axis) : Operator
{
    public static Operator Read(NodeReader node) => new Flatten(checked((int)node.Int("axis", 1)));

    public override string Name => "Flatten";

    public override OperatorClass Class => OperatorClass.Movement;

    public override Operator Resolve(NodeContext node)
    {
        var x = node.Shape(0);
        return this with { Axis = Axis == x.Rank ? Axis : node.Axis(x, Axis) };
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        var rows = new Shape(x.Dims.Take(Axis)).Elements;
        var columns = new Shape(x.Dims.Skip(Axis)).Elements;
        return rows is { } r && columns is { } c ? [new Shape(r, c)] : throw node.ShapeError($"the size of its input {x} is not known");
    }

    public override bool HandsOn(NodeContext node, Shape output) => output.Equals(node.Shape(0));

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
