using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Channels laid out as blocks of pixels. <c>DCR</c>: the block is the outer part of the channels; <c>CRD</c>: the inner.</summary>
public sealed record DepthToSpace(long Block, bool ColumnRowDepth) : KernelOperator
{
    public static Operator Read(NodeReader node) => node.Int("blocksize", 0) is > 0 and var block
        ? new DepthToSpace(block, node.Choice("mode", "DCR", "CRD") == "CRD")
        : throw node.Unsupported("it has no blocksize above 0", "The file does not follow the ONNX standard; export it again.");

    public override string Name => "DepthToSpace";

    public override OperatorClass Class => OperatorClass.Movement;

    public override WayBack WayBack => WayBack.Moves;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("block", Block, null), ("channelsFirst", ColumnRowDepth, false));

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return x.Rank == 4 && !x.IsOpen && !x.Dims.Skip(1).Any(d => d.IsBatch) && x[1].Count % checked(Block * Block) == 0
            ? [new Shape(x[0], x[1].Count / (Block * Block), checked(x[2].Count * Block), checked(x[3].Count * Block))]
            : throw node.ShapeError($"its input {x} does not divide into blocks of {Block}×{Block}");
    }

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
