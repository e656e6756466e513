using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The dimensions of the input as integers: <c>Shape</c>. Always known when compiling.</summary>
public sealed record ShapeOf(long Start, long? End) : Operator
{
    public static Operator Read(NodeReader node)
    {
        var start = node.Int("start", 0);
        var end = node.Int("end", long.MaxValue);
        return new ShapeOf(start, end == long.MaxValue ? null : end);
    }

    public override string Name => "Shape";

    public override OperatorClass Class => OperatorClass.Movement;

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [ElementType.Int64];

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [new Shape(Slice(Dims(node)).Count)];

    public override Known? Evaluate(NodeContext node) => new KnownIntegers(Slice(Dims(node)));

    private static List<Dim> Dims(NodeContext node)
        => node.Constant(0) is { } constant ? [.. constant.Shape.Select(d => (Dim)d)] : [.. node.Shape(0).Dims];

    private List<Dim> Slice(List<Dim> dims)
    {
        int Clamp(long at) => (int)Math.Min(Math.Max(at < 0 ? at + dims.Count : at, 0), dims.Count);
        var start = Clamp(Start);
        return dims.GetRange(start, Math.Max(0, Clamp(End ?? dims.Count) - start));
    }
}
