using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Blocks of pixels laid out as channels, the block as their outer part.</summary>
public sealed record SpaceToDepth(long Block) : KernelOperator
{
    public static Operator Read(NodeReader node) => node.Int("blocksize", 0) is > 0 and var block
        ? new SpaceToDepth(block)
        : throw node.Unsupported("it has no blocksize above 0", "The file does not follow the ONNX standard; export it again.");

    public override string Name => "SpaceToDepth";

    public override OperatorClass Class => OperatorClass.Movement;

    public override WayBack WayBack => WayBack.Moves;

    public override IEnumerable<(string Name, object Value)> Options => [("block", Block)];

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return x.Rank == 4 && !x.IsOpen && !x.Dims.Skip(1).Any(d => d.IsBatch) && x[2].Count % Block == 0 && x[3].Count % Block == 0
            ? [new Shape(x[0], checked(x[1].Count * Block * Block), x[2].Count / Block, x[3].Count / Block)]
            : throw node.ShapeError($"its input {x} does not divide into blocks of {Block}×{Block}");
    }

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
