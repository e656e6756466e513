using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Slices along an axis by index. Inputs: x, the indices.</summary>
public sealed record Gather(long Axis) : KernelOperator
{
    public static Operator Read(NodeReader node) => new Gather(node.Int("axis", 0));

    public override string Name => "Gather";

    public override OperatorClass Class => OperatorClass.Movement;

    public override WayBack WayBack => WayBack.Moves;

    public override IEnumerable<(string Name, object Value)> Options => [("axis", Axis)];

    public override string InputRole(int input) => input == 0 ? "Table" : "Indices";

    public override Operator Resolve(NodeContext node) => this with { Axis = node.AxisOfSample(node.Shape(0), Axis) };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return node.Type(1).IsFloat()
            ? throw node.ShapeError("its indices are no integers")
            : [new Shape([.. x.Dims.Take((int)Axis), .. node.Shape(1).Dims, .. x.Dims.Skip((int)Axis + 1)])];
    }

    public override Known? Evaluate(NodeContext node)
    {
        if (node.Known(0) is not { IsList: true } from || node.Integers(1) is not { } indices)
        {
            return null;
        }

        var picked = indices.Values.Select(index =>
        {
            var at = index.Count < 0 ? index.Count + from.Count : index.Count;
            return at >= 0 && at < from.Count ? (int)at : throw node.ShapeError($"index {index} lies outside its {from.Count} elements");
        });
        return from.Pick(picked, indices.Shape);
    }

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
