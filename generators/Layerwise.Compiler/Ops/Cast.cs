using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The same values as numbers of another type.</summary>
/// <param name="Target">The type.</param>
/// <param name="Rounding">The 16-bit type that values are rounded to, in which they are not computed further: <c>float16</c>, <c>bfloat16</c> or <c>null</c>.</param>
public sealed record Cast(ElementType Target, string? Rounding) : KernelOperator
{

    public static Operator Read(NodeReader node)
    {
        var to = node.Int("to", 0);
        node.Ignore("saturate", "round_mode");
        return ElementTypes.OfOnnx(to) is { } type
            ? new Cast(type, to == 10 ? "float16" : to == 16 ? "bfloat16" : null)
            : throw node.Unsupported($"the attribute 'to' = {to} is not supported", "Values are numbers of 8 to 64 bits or truth values.");
    }

    public static Cast To(ElementType type) => new(type, null);

    public override string Name => "Cast";

    public override OperatorClass Class => OperatorClass.Movement;

    public override WayBack WayBack => WayBack.Own;

    public override IEnumerable<(string Name, object Value)> Options => Rounding is { } rounding
        ? [("type", ElementType.Float32), ("through", rounding)]
        : [("type", Target)];

    // The second input of a CastLike says the type alone.
    public override string? InputName(int input) => input == 1 ? "" : null;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [Target];

    public override Known? Evaluate(NodeContext node) => node.Known(0) switch
    {
        KnownIntegers known when Target == ElementType.Float32 && Rounding is null && !known.Values.Any(v => v.IsBatch || v.IsOpen)
            => new KnownFloats(new(known.Values.Select(v => (float)v.Count)), known.Shape),
        KnownIntegers known when Target == ElementType.Bool => known with { Values = new(known.Values.Select(v => (Dim)(v == 0 ? 0 : 1))), Type = Target },
        KnownIntegers known when !Target.IsFloat() => known with { Type = Target },
        KnownFloats known when Target is ElementType.Int64 or ElementType.Int32 && known.Values.All(v => Math.Abs(v) < int.MaxValue)
            => new KnownIntegers(new(known.Values.Select(v => (Dim)(long)v)), known.Shape, Target),
        _ => null,
    };

    /// <summary>A weight of a 16-bit type is read as float32 anyway.</summary>
    public override Constant? Fold(NodeContext node) => Target == ElementType.Float32 && Rounding is null ? node.Constant(0) : null;

    public override bool HandsOn(NodeContext node, Shape output) => Rounding is null && node.Type(0) == Target;

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
