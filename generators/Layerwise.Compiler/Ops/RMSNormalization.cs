using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>x/√(mean x² + ε)·γ over all axes from one on (Zhang and Sennrich 2019). Inputs: x, γ; with a skip, x + skip is normalized.</summary>
/// <param name="Source">The ONNX operator.</param>
/// <param name="Axis">The first normalized axis.</param>
/// <param name="Epsilon">ε.</param>
/// <param name="HasSkip">Whether the second input is a skip connection.</param>
public sealed record RMSNormalization(string Source, int Axis, float Epsilon, bool HasSkip) : KernelOperator
{
    public static Operator Read(NodeReader node)
    {
        node.Ignore("stash_type");
        return new RMSNormalization(node.Op, checked((int)node.Int("axis", -1)), node.Float("epsilon", 1e-5f), HasSkip: false);
    }

    public static Operator ReadSkip(NodeReader node) => new RMSNormalization(node.Op, -1, node.Float("epsilon", 1e-12f), HasSkip: true);

    public override string Name => "RMSNormalization";

    public override OperatorClass Class => OperatorClass.Normalization;

    public override WayBack WayBack => WayBack.Own;

    public override IEnumerable<(string Name, object Value)> Options => [("axis", Axis), ("epsilon", Epsilon)];

    public override string? InputName(int input) => (HasSkip, input) switch
    {
        (true, 1) => "skip",
        (true, 3) => "skipBias",
        _ => null,
    };

    public override string InputRole(int input) => InputName(input) is null ? "Scale" : base.InputRole(input);

    public override string? OutputName(int output) => output switch
    {
        0 => null,
        1 => HasSkip ? "mean" : "inverseRoot",
        2 => "inverseRoot",
        _ => "sum",
    };

    public override Operator Resolve(NodeContext node) => node.Node.Outputs is { Count: > 1 } outputs && HasSkip && outputs[1].Length > 0
        ? throw node.Unsupported("its second output, the mean, is not there to compute", "Export the model without it.")
        : this with { Axis = node.Axis(node.Shape(0), Axis) };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return [x, .. LayerNormalization.Statistics(node, x, Axis, node.Shape(HasSkip ? 2 : 1)), .. HasSkip ? [x] : Array.Empty<Shape>()];
    }

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [.. Enumerable.Repeat(node.Type(0), 4)];
}
