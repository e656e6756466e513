using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The input repeated along its axes. Inputs: x, how often along each.</summary>
public sealed record Tile(EquatableList<long>? Repeats) : KernelOperator
{
    public static Operator Read(NodeReader node) => new Tile((EquatableList<long>?)null);

    public override string Name => "Tile";

    public override OperatorClass Class => OperatorClass.Movement;

    public override WayBack WayBack => WayBack.Moves;

    public override IEnumerable<(string Name, object Value)> Options => [("repeats", Repeats!)];

    public override string? InputName(int input) => input == 1 ? "" : null;

    public override Operator Resolve(NodeContext node)
    {
        var (x, repeats) = (node.Shape(0), node.Numbers(1, "its repeats")!);
        return repeats.Count == x.Rank && repeats.All(r => r >= 0) && !x.Dims.Where((dim, axis) => dim.IsOpen && repeats[axis] != 1).Any()
            ? this with { Repeats = new(repeats) }
            : throw node.ShapeError($"its repeats [{string.Join(", ", repeats)}] do not fit its input {x}");
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
        => [new Shape(node.Shape(0).Dims.Select((dim, axis) => Repeats![axis] == 1 ? dim : Dim.Multiply(dim, Repeats[axis])!.Value))];

    public override bool HandsOn(NodeContext node, Shape output) => Repeats!.All(r => r == 1);

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
