using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>max(0, x).</summary>
public sealed record Relu : Operator
{
    public static Operator Read(NodeReader node) => new Relu();

    public override string Name => "Relu";

    public override OperatorClass Class => OperatorClass.Activation;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => true;
}
