using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>x with slices at the places that each row of the indices names replaced by updates, or joined with them. Inputs: x, the indices, the updates.</summary>
/// <param name="Reduction"><c>none</c>, <c>add</c>, <c>mul</c>, <c>max</c> or <c>min</c>.</param>
public sealed record ScatterND(string Reduction) : KernelOperator
{
    public static Operator Read(NodeReader node) => new ScatterND(ScatterElements.ReadReduction(node));

    public override string Name => "ScatterND";

    public override OperatorClass Class => OperatorClass.Movement;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("reduction", Reduction, "none"));

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var (x, indices, updates) = (node.Shape(0), node.Shape(1), node.Shape(2));
        return indices.Rank > 0 && !node.Type(1).IsFloat() && indices[indices.Rank - 1] is { IsBatch: false, IsOpen: false, Count: > 0 and var places } && places <= x.Rank
            && new Shape([.. indices.Dims.Take(indices.Rank - 1), .. x.Dims.Skip((int)places)]).Equals(updates)
            ? x.Dims.Take((int)places).Any(d => d.IsBatch || d.IsOpen) ? throw node.ShapeError($"it writes samples of {x}") : [x]
            : throw node.ShapeError($"its indices {indices} and updates {updates} do not fit its input {x}");
    }

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0] && inputs[2];
}
