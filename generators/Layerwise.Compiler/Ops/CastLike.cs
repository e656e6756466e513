using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The same values as numbers of the type of the second input; a <see cref="Cast"/> once types are known.</summary>
public sealed record CastLike(bool Saturate) : Operator
{
    public static Operator Read(NodeReader node)
    {
        node.Ignore("round_mode");
        return new CastLike(node.Int("saturate", 1) != 0);
    }

    public override string Name => "CastLike";

    public override OperatorClass Class => OperatorClass.Movement;

    public override Operator Resolve(NodeContext node) => Like(node);

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];

    public override Known? Evaluate(NodeContext node) => Like(node).Evaluate(node);

    public override Constant? Fold(NodeContext node) => Like(node).Fold(node);

    private Cast Like(NodeContext node) => new(node.Type(1), node.Format(1), Saturate);
}
