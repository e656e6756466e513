using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The same values as numbers of the type of the second input; a <see cref="Cast"/> once types are known.</summary>
public sealed record CastLike : Operator
{
    public static Operator Read(NodeReader node)
    {
        node.Ignore("saturate", "round_mode");
        return new CastLike();
    }

    public override string Name => "CastLike";

    public override OperatorClass Class => OperatorClass.Movement;

    public override Operator Resolve(NodeContext node) => Cast.To(node.Type(1));

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];

    public override Known? Evaluate(NodeContext node) => Cast.To(node.Type(1)).Evaluate(node);

    public override Constant? Fold(NodeContext node) => Cast.To(node.Type(1)).Fold(node);
}
