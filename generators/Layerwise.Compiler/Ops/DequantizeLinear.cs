using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>(x − zero point)·scale. Inputs: x, the scale, the zero point.</summary>
/// <param name="Axis">The axis that scales of one dimension, or of blocks, belong to.</param>
/// <param name="Block">Elements that share a scale along the axis; 0 where the scales are one or one a slice.</param>
public sealed record DequantizeLinear(int Axis, long Block) : KernelOperator
{
    public static Operator Read(NodeReader node)
    {
        node.Ignore("output_dtype");
        return new DequantizeLinear(checked((int)node.Int("axis", 1)), node.Int("block_size", 0));
    }

    public override string Name => "DequantizeLinear";

    public override OperatorClass Class => OperatorClass.Elementwise;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("axis", Axis, -1), ("block", Block, 0L));

    public override string? InputName(int input) => input == 2 ? "zeroPoint" : null;

    public override Operator Resolve(NodeContext node) => this with { Axis = QuantizeLinear.AxisOf(node, Axis, Block) };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [node.Type(1)];
}
