using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>x·σ(αx). With α = 1 it is SiLU, also called Swish.</summary>
/// <param name="Source">The ONNX operator.</param>
/// <param name="Alpha">α.</param>
public sealed record Swish(string Source, float Alpha) : KernelOperator
{
    public static Operator Read(NodeReader node) => new Swish(node.Op, node.Float("alpha", node.Op == "QuickGelu" ? 1.702f : 1));

    public override string Name => "Swish";

    public override OperatorClass Class => OperatorClass.Activation;

    public override WayBack WayBack => WayBack.OfInput;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("alpha", Alpha, 1f));

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];
}
