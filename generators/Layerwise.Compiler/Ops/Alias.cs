using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>An operator that hands its input on: Identity, and Dropout outside training. Gone after ResolveAliases.</summary>
public sealed record Alias(string Source) : KernelOperator
{
    public static Operator ReadIdentity(NodeReader node) => new Alias(node.Op);

    public static Operator ReadDropout(NodeReader node)
    {
        node.Ignore("ratio", "seed", "is_test");
        if (node.Known(2, "its training_mode") is [not 0])
        {
            throw node.Unsupported("it is in training mode", "Export the model in evaluation mode.");
        }

        return new Alias(node.Op);
    }

    public override string Name => Source;

    public override OperatorClass Class => OperatorClass.Movement;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];

    public override Known? Evaluate(NodeContext node) => node.Known(0);

    public override Constant? Fold(NodeContext node) => node.Constant(0);
}
