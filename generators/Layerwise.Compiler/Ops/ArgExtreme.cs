using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Where the largest or smallest number along an axis stands: ArgMax and ArgMin.</summary>
/// <param name="Source">The ONNX operator, and the kernel.</param>
/// <param name="Axis">The axis.</param>
/// <param name="KeepAxis">Whether the axis stays with a size of 1.</param>
/// <param name="Last">Whether the last of equal numbers is meant rather than the first.</param>
public sealed record ArgExtreme(string Source, int Axis, bool KeepAxis, bool Last) : KernelOperator
{
    public static Operator Read(NodeReader node)
        => new ArgExtreme(node.Op, checked((int)node.Int("axis", 0)), node.Int("keepdims", 1) != 0, node.Int("select_last_index", 0) != 0);

    public override string Name => Source;

    public override OperatorClass Class => OperatorClass.Reduction;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("axis", Axis, null), ("keepAxis", KeepAxis, true), ("last", Last, false));

    public override Operator Resolve(NodeContext node) => this with { Axis = node.AxisOfSample(node.Shape(0), Axis) };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
        => [new Shape(node.Shape(0).Dims.Select((dim, axis) => axis == Axis ? 1 : dim).Where((_, axis) => KeepAxis || axis != Axis))];

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [ElementType.Int64];

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => true;
}
