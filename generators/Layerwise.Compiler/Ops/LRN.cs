using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Local response normalization across channels: x/(k + α/n·Σx²)^β over n neighbouring channels (Krizhevsky et al. 2012).</summary>
public sealed record LRN(long Size, float Alpha, float Beta, float Bias) : KernelOperator
{
    public static Operator Read(NodeReader node) => node.Int("size", 0) is > 0 and var size
        ? new LRN(size, node.Float("alpha", 1e-4f), node.Float("beta", 0.75f), node.Float("bias", 1))
        : throw node.Unsupported("it has no size above 0", "The file does not follow the ONNX standard; export it again.");

    public override string Name => "LRN";

    public override OperatorClass Class => OperatorClass.LocalResponse;

    public override WayBack WayBack => WayBack.Own;

    public override IEnumerable<(string Name, object Value)> Options => [("size", Size), ("alpha", Alpha), ("beta", Beta), ("bias", Bias)];

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
        => node.Shape(0) is { Rank: >= 2 } x ? [x] : throw node.ShapeError($"its input {node.Shape(0)} has no channels");

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
