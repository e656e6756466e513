using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Manifest;

namespace Layerwise.Compiler.Ops;

/// <summary>
/// The first input with axes of size 1 behind its own, so that it stands at an axis of the second. What the attributes <c>broadcast</c> and
/// <c>axis</c> of opset 6 and before mean, and the slope of their PRelu; made at reading.
/// </summary>
public sealed record Align(string Source, long Axis) : Operator
{
    private static readonly HashSet<string> Binary = ["Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less"];

    public override string Name => Source;

    public override OperatorClass Class => OperatorClass.Movement;

    /// <summary>The node that stands before one of an old opset; <c>null</c> where the inputs broadcast as they are.</summary>
    public static Node? Before(ManifestNode node, long opset, ValueNames names)
    {
        if (opset >= 7 || node.Domain.Length > 0 || node.Inputs.Count != 2 || node.Outputs.Count == 0)
        {
            return null;
        }

        var axis = node.Op == "PRelu" ? 1
            : Binary.Contains(node.Op) && node.Attributes.TryGetValue("broadcast", out var broadcast) && broadcast is 1L && node.Attributes.TryGetValue("axis", out var at) && at is long place ? place
            : (long?)null;
        return axis is { } value ? new Node(node.DisplayName, new Align(node.Op, value), new([node.Inputs[1], node.Inputs[0]]), new([names.Fresh(node.Outputs[0] + "/aligned")])) : null;
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [Aligned(node)];

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [node.Type(0)];

    public override Constant? Fold(NodeContext node)
        => node.Constant(0) is { } constant ? new Constant.Reshaped(constant, new(Aligned(node).Dims.Select(d => d.Count))) : null;

    public override bool HandsOn(NodeContext node, Shape output) => output.Equals(node.Shape(0));

    private Shape Aligned(NodeContext node)
    {
        var (x, like) = (node.Shape(0), node.Shape(1));
        if (x.Elements == 1 || x.Rank == 0)
        {
            return x;
        }

        var behind = like.Rank - node.Axis(like, Axis) - x.Rank;
        return behind >= 0 ? new Shape([.. x.Dims, .. Enumerable.Repeat((Dim)1, behind)]) : throw node.ShapeError($"its input {x} does not fit {like} from axis {Axis} on");
    }
}
