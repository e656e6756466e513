using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>One number in every place of a shape. Input: the shape.</summary>
public sealed record ConstantOfShape(double Value, ElementType Type) : KernelOperator
{
    // More than this runs at load instead of standing in the emitted file.
    private const int MostFloats = 16;

    public static Operator Read(NodeReader node)
    {
        if (node.Tensor("value") is not { } value)
        {
            return new ConstantOfShape(0, ElementType.Float32);
        }

        return ElementTypes.Parse(value.Type) is { } type && (value.Floats?.Select(f => (double)f) ?? value.Values?.Select(v => (double)v))?.ToList() is [var number]
            ? new ConstantOfShape(number, type)
            : throw node.Unsupported($"its value is no single number but of type {value.Type}", "The file does not follow the ONNX standard; export it again.");
    }

    public override string Name => "ConstantOfShape";

    public override OperatorClass Class => OperatorClass.Movement;

    public override WayBack WayBack => WayBack.Zero;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("value", (float)Value, null), ("type", Type, ElementType.Float32));

    public override string? InputName(int input) => "";

    public override Operator Resolve(NodeContext node) => this with { NeedsBatch = Wanted(node).Any(d => d.IsBatch) };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [new Shape(Wanted(node))];

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [Type];

    public override Known? Evaluate(NodeContext node)
    {
        if (node.Integers(0) is not { } shape || shape.Values.Any(d => d.Count < 0) || new Shape(shape.Values).Elements is not { IsBatch: false } elements || elements.Count > (Type.IsFloat() ? MostFloats : Ir.Known.Most))
        {
            return null;
        }

        var dims = new EquatableList<long>(shape.Values.Select(v => v.Count));
        return Type == ElementType.Float32
            ? new KnownFloats(new(Enumerable.Repeat((float)Value, (int)elements.Count)), dims)
            : Type.IsFloat() ? null : new KnownIntegers(new(Enumerable.Repeat((Dim)(long)Value, (int)elements.Count)), dims, Type);
    }

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => Value >= 0;

    private static IReadOnlyList<Dim> Wanted(NodeContext node)
    {
        var dims = node.Dims(0, "its shape")!;
        return dims.Any(d => d.IsOpen || d.Count < 0) ? throw node.ShapeError($"its shape [{string.Join(", ", dims)}] is not known") : dims;
    }
}
