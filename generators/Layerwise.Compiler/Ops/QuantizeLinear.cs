using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>x/scale rounded, plus the zero point, within the type of the zero point. Inputs: x, the scale, the zero point.</summary>
/// <param name="Axis">The axis that scales of one dimension, or of blocks, belong to.</param>
/// <param name="Block">Elements that share a scale along the axis; 0 where the scales are one or one a slice.</param>
/// <param name="OutputType">ONNX's number of the type where there is no zero point; 0 for uint8.</param>
/// <param name="Saturate">Whether what is beyond the numbers of a float of 8 bits becomes the largest of them.</param>
/// <param name="Target">What it becomes is computed in; only a resolved operator has it.</param>
/// <param name="Format">The type of 4 or 8 bits that it becomes where that is narrower; only a resolved operator has it.</param>
public sealed record QuantizeLinear(int Axis, long Block, long OutputType, bool Saturate, ElementType Target = ElementType.UInt8, string? Format = null) : KernelOperator
{
    public static Operator Read(NodeReader node)
    {
        node.Ignore("precision");
        return new QuantizeLinear(checked((int)node.Int("axis", 1)), node.Int("block_size", 0), node.Int("output_dtype", 0), node.Int("saturate", 1) != 0);
    }

    public override string Name => "QuantizeLinear";

    public override OperatorClass Class => OperatorClass.Elementwise;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("type", Target, null), ("axis", Axis, -1), ("block", Block, 0L), ("through", Format, null), ("saturate", Saturate, true));

    public override string? InputName(int input) => input == 2 ? "zeroPoint" : null;

    public override Operator Resolve(NodeContext node)
    {
        var name = OutputType == 0 ? "uint8" : ElementTypes.NameOf(OutputType);
        var (target, format) = node.Has(2) ? (node.Type(2), node.Format(2)) : (ElementTypes.Parse(name), ElementTypes.Format(name));
        return target is { } type && (type is ElementType.UInt8 or ElementType.Int8 or ElementType.Int16 or ElementType.Int32 || format is not (null or "float16" or "bfloat16"))
            ? this with { Target = type, Format = format, Axis = AxisOf(node, Axis, Block) }
            : throw node.Unsupported($"it quantizes to {(node.Has(2) ? node.Type(2).ToString() : name)}", "Integers of 4 to 32 bits and floats of 4 and 8 bits are supported.");
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [Target];

    public override string? InferFormat(NodeContext node) => Format;

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
