using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The axes in another order: axis i of the output is axis <c>Permutation[i]</c> of the input.</summary>
public sealed record Transpose(EquatableList<int>? Permutation) : Operator
{
    public static Operator Read(NodeReader node)
        => new Transpose(node.Ints("perm") is { } perm ? new EquatableList<int>(perm.Select(p => checked((int)p))) : null);

    public override string Name => "Transpose";

    public override OperatorClass Class => OperatorClass.Movement;

    public override Operator Resolve(NodeContext node) => this with { Permutation = Order(node, node.Shape(0).Rank) };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return [new Shape(Permutation!.Select(axis => x[axis]))];
    }

    public override Known? Evaluate(NodeContext node)
    {
        if (node.Known(0) is not { } from)
        {
            return null;
        }

        var order = Order(node, from.Shape.Count).ToList();
        return from.Move([.. order.Select(axis => from.Shape[axis])], at => order.Select((_, axis) => at[order.IndexOf(axis)]));
    }

    public override Constant? Fold(NodeContext node) => node.Constant(0) is { } constant ? new Constant.Transposed(constant, Order(node, constant.Shape.Count)) : null;

    public override bool HandsOn(NodeContext node, Shape output) => Permutation!.SequenceEqual(Enumerable.Range(0, Permutation!.Count));

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];

    private EquatableList<int> Order(NodeContext node, int rank)
    {
        var order = Permutation ?? new EquatableList<int>(Enumerable.Range(0, rank).Reverse());
        return order.OrderBy(axis => axis).SequenceEqual(Enumerable.Range(0, rank))
            ? order
            : throw node.ShapeError($"perm = [{string.Join(", ", order)}] is no order of {rank} axes");
    }
}
