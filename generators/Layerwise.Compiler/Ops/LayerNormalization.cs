using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>
/// (x − μ)/√(σ²+ε)·γ + β with the mean and variance over all axes from one on (Ba et al. 2016). Inputs: x, γ, β.
/// With a skip, x + skip (+ its bias) is normalized, and a further output gives that sum.
/// </summary>
/// <param name="Source">The ONNX operator.</param>
/// <param name="Axis">The first normalized axis.</param>
/// <param name="Epsilon">ε.</param>
/// <param name="HasSkip">Whether the second input is a skip connection.</param>
public sealed record LayerNormalization(string Source, int Axis, float Epsilon, bool HasSkip) : KernelOperator
{
    public static Operator Read(NodeReader node)
    {
        node.Ignore("stash_type");
        return new LayerNormalization(node.Op, checked((int)node.Int("axis", -1)), node.Float("epsilon", 1e-5f), HasSkip: false);
    }

    public static Operator ReadSkip(NodeReader node) => new LayerNormalization(node.Op, -1, node.Float("epsilon", 1e-12f), HasSkip: true);

    public override string Name => "LayerNormalization";

    public override OperatorClass Class => OperatorClass.Normalization;

    public override WayBack WayBack => WayBack.Own;

    public override IEnumerable<(string Name, object Value)> Options => [("axis", Axis), ("epsilon", Epsilon)];

    public override string? InputName(int input) => (HasSkip, input) switch
    {
        (true, 1) => "skip",
        (true, 3) or (false, 2) => "bias",
        (true, 4) => "skipBias",
        _ => null,
    };

    public override string InputRole(int input) => InputName(input) is null ? "Scale" : base.InputRole(input);

    public override string? OutputName(int output) => output switch
    {
        0 => null,
        1 => "mean",
        2 => "inverseDeviation",
        _ => "sum",
    };

    public override Operator Resolve(NodeContext node) => this with { Axis = node.Axis(node.Shape(0), Axis) };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return [x, .. Statistics(node, x, Axis, node.Shape(HasSkip ? 2 : 1)), .. HasSkip ? [x] : Array.Empty<Shape>()];
    }

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [.. Enumerable.Repeat(node.Type(0), 4)];

    /// <summary>The shapes of mean and deviation.</summary>
    internal static IReadOnlyList<Shape> Statistics(NodeContext node, Shape x, int axis, Shape scale)
    {
        if (x.Dims.Skip(axis).Any(d => d.IsBatch))
        {
            throw node.ShapeError($"it joins the samples of {x} from axis {axis} on");
        }

        var statistics = new Shape(x.Dims.Select((dim, at) => at < axis ? dim : 1));
        return Broadcast.Of(node, x, scale).Equals(x) ? [statistics, statistics] : throw node.ShapeError($"its scale {scale} does not fit its input {x}");
    }
}
