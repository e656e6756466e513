using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Elements by index; of shapes only, where it is always known when compiling.</summary>
public sealed record Gather(long Axis) : Operator
{
    public static Operator Read(NodeReader node) => new Gather(node.Int("axis", 0));

    public override string Name => "Gather";

    public override OperatorClass Class => OperatorClass.Movement;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
        => throw node.Unsupported("it gathers from values that the network computes", "Only gathering from a shape is supported.");

    public override KnownIntegers? Evaluate(NodeContext node)
    {
        if (node.Integers(0) is not { IsList: true } from || node.Integers(1) is not { } indices)
        {
            return null;
        }

        var picked = indices.Values.Select(index =>
        {
            var at = index.Count < 0 ? index.Count + from.Values.Count : index.Count;
            return at >= 0 && at < from.Values.Count ? from.Values[(int)at] : throw node.ShapeError($"index {index} lies outside its {from.Values.Count} elements");
        });
        return new KnownIntegers(new(picked), indices.Shape, from.Type);
    }
}
