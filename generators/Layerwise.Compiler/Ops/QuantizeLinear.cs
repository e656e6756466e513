using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>x/scale rounded, plus the zero point, within the type of the zero point. Inputs: x, the scale, the zero point.</summary>
/// <param name="Axis">The axis that scales of one dimension, or of blocks, belong to.</param>
/// <param name="Block">Elements that share a scale along the axis; 0 where the scales are one or one a slice.</param>
/// <param name="OutputType">ONNX's number of the type where there is no zero point; 0 for uint8.</param>
/// <param name="Target">The integer type; only a resolved operator has it.</param>
public sealed record QuantizeLinear(int Axis, long Block, long OutputType, ElementType Target = ElementType.UInt8) : KernelOperator
{
    public static Operator Read(NodeReader node)
    {
        node.Ignore("saturate", "precision");
        return new QuantizeLinear(checked((int)node.Int("axis", 1)), node.Int("block_size", 0), node.Int("output_dtype", 0));
    }

    public override string Name => "QuantizeLinear";

    public override OperatorClass Class => OperatorClass.Elementwise;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("type", Target, null), ("axis", Axis, -1), ("block", Block, 0L));

    public override string? InputName(int input) => input == 2 ? "zeroPoint" : null;

    public override Operator Resolve(NodeContext node)
    {
        var target = node.Has(2) ? node.Type(2) : OutputType == 0 ? ElementType.UInt8 : ElementTypes.OfOnnx(OutputType);
        return target is { } type && !type.IsFloat() && type != ElementType.Bool
            ? this with { Target = type, Axis = AxisOf(node, Axis, Block) }
            : throw node.Unsupported($"it quantizes to the type {OutputType}", "Integers of 8, 16 and 32 bits are supported.");
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [Target];

    /// <summary>The axis of the scales in range; -1 where one scale is for all.</summary>
    internal static int AxisOf(NodeContext node, int axis, long block)
    {
        var (x, scale) = (node.Shape(0), node.Shape(1));
        if (scale.Elements == 1 && block == 0)
        {
            return -1;
        }

        var resolved = node.Axis(x, axis);
        return block > 0
            ? scale.Rank == x.Rank ? resolved : throw node.ShapeError($"its scales {scale} do not fit blocks of {block} along axis {axis} of {x}")
            : scale.Rank == 1 && scale[0] == x[resolved] ? resolved : throw node.ShapeError($"its scales {scale} do not fit axis {axis} of {x}");
    }
}
