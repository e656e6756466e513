using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The maximum of each window.</summary>
/// <param name="Window">The window.</param>
/// <param name="ByColumns">Whether the second output, where the maxima stand, counts places column by column.</param>
public sealed record MaxPool(Window Window, bool ByColumns) : Pool(Window)
{
    public static Operator Read(NodeReader node)
        => new MaxPool(ReadWindow(node), node.Int("storage_order", 0) != 0);

    public override string Name => "MaxPool";

    public override OperatorClass Class => OperatorClass.MaxPool;

    public override string OutputRole(int output) => "Indices";

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [.. Enumerable.Repeat(base.InferShapes(node)[0], 2)];

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [node.Type(0), ElementType.Int64];
}
