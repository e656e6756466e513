using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The number of elements of the input: <c>Size</c>. Always known when compiling.</summary>
public sealed record SizeOf : Operator
{
    public static Operator Read(NodeReader node) => new SizeOf();

    public override string Name => "Size";

    public override OperatorClass Class => OperatorClass.Movement;

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [ElementType.Int64];

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [new Shape()];

    public override Known? Evaluate(NodeContext node)
        => new KnownIntegers(node.Shape(0).Elements ?? throw node.ShapeError($"the size of its input {node.Shape(0)} is not known")).As();
}
