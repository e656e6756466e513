using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>x with some elements along an axis replaced by updates, or joined with them. Inputs: x, the indices, the updates.</summary>
/// <param name="Axis">The axis.</param>
/// <param name="Reduction"><c>none</c>, <c>add</c>, <c>mul</c>, <c>max</c> or <c>min</c>.</param>
public sealed record ScatterElements(int Axis, string Reduction) : KernelOperator
{
    public static Operator Read(NodeReader node) => new ScatterElements(checked((int)node.Int("axis", 0)), ReadReduction(node));

    public override string Name => "ScatterElements";

    public override OperatorClass Class => OperatorClass.Movement;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("axis", Axis, null), ("reduction", Reduction, "none"));

    public override Operator Resolve(NodeContext node)
    {
        var (x, indices, updates) = (node.Shape(0), node.Shape(1), node.Shape(2));
        var axis = node.AxisOfSample(x, Axis);
        return x.Rank != indices.Rank || !indices.Equals(updates) || node.Type(1).IsFloat() ? throw node.ShapeError($"its indices {indices} and updates {updates} do not fit its input {x}")
            : this with { Axis = axis };
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0] && inputs[2];

    internal static string ReadReduction(NodeReader node) => node.Choice("reduction", "none", "add", "mul", "max", "min");
}
