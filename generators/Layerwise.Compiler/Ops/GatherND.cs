using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Slices of x at places that each row of the indices names. Inputs: x, the indices.</summary>
/// <param name="BatchAxes">First axes that both inputs share.</param>
public sealed record GatherND(int BatchAxes) : KernelOperator
{
    public static Operator Read(NodeReader node) => new GatherND(checked((int)node.Int("batch_dims", 0)));

    public override string Name => "GatherND";

    public override OperatorClass Class => OperatorClass.Movement;

    public override WayBack WayBack => WayBack.Moves;

    public override string InputRole(int input) => input == 0 ? "Table" : "Indices";

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("batchAxes", BatchAxes, 0));

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var (x, indices) = (node.Shape(0), node.Shape(1));
        if (BatchAxes < 0 || indices.Rank <= BatchAxes || x.Rank <= BatchAxes || node.Type(1).IsFloat() || !x.Dims.Take(BatchAxes).SequenceEqual(indices.Dims.Take(BatchAxes))
            || indices[indices.Rank - 1] is not { IsBatch: false, IsOpen: false, Count: > 0 and var places } || places > x.Rank - BatchAxes)
        {
            throw node.ShapeError($"its indices {indices} do not fit its input {x}");
        }

        return x.Dims.Skip(BatchAxes).Take((int)places).Any(d => d.IsBatch || d.IsOpen)
            ? throw node.ShapeError($"it picks samples of {x}")
            : [new Shape([.. indices.Dims.Take(indices.Rank - 1), .. x.Dims.Skip(BatchAxes + (int)places)])];
    }

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
