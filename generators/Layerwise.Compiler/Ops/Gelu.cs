using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>x·Φ(x), or its approximation ½x(1 + tanh(√(2/π)(x + 0.044715x³))); Hendrycks and Gimpel 2016.</summary>
/// <param name="Source">The ONNX operator: Gelu, FastGelu or BiasGelu. The latter two may add a bias first.</param>
/// <param name="Approximate">Whether it is the approximation.</param>
public sealed record Gelu(string Source, bool Approximate) : KernelOperator
{
    public static Operator Read(NodeReader node) => new Gelu(node.Op, node.Choice("approximate", "none", "tanh") == "tanh" || node.Op == "FastGelu");

    public override string Name => "Gelu";

    public override OperatorClass Class => OperatorClass.Activation;

    public override WayBack WayBack => WayBack.OfInput;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("approximate", Approximate, false));

    public override string? InputName(int input) => input == 1 ? "bias" : null;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];
}
