using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The upper or lower triangle of matrices, 0 elsewhere. Inputs: x, the diagonal.</summary>
public sealed record Trilu(bool Upper, long Diagonal) : KernelOperator
{
    public static Operator Read(NodeReader node) => new Trilu(node.Int("upper", 1) != 0, 0);

    public override string Name => "Trilu";

    public override OperatorClass Class => OperatorClass.Movement;

    public override WayBack WayBack => WayBack.Moves;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("upper", Upper, null), ("diagonal", Diagonal, 0L));

    public override string? InputName(int input) => input == 1 ? "" : null;

    public override Operator Resolve(NodeContext node) => this with { Diagonal = node.Numbers(1, "its diagonal") is [var diagonal] ? diagonal : 0 };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
        => node.Shape(0) is { Rank: >= 2 } x ? [x] : throw node.ShapeError($"its input {node.Shape(0)} holds no matrices");

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
