using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The same values as numbers of another type.</summary>
/// <param name="To">ONNX's number of the type.</param>
public sealed record Cast(long To) : KernelOperator
{
    private const long Float16 = 10, BFloat16 = 16;

    public static Operator Read(NodeReader node)
    {
        var to = node.Int("to", 0);
        node.Ignore("saturate", "round_mode");
        return TypeOf(to) is null ? throw node.Unsupported($"the attribute 'to' = {to} is not supported", "Values are numbers of 8 to 64 bits or truth values.") : new Cast(to);
    }

    public override string Name => "Cast";

    public override OperatorClass Class => OperatorClass.Movement;

    public ElementType Target => TypeOf(To)!.Value;

    /// <summary>Whether values are rounded to a 16-bit type, in which they are not computed further: <c>float16</c>, <c>bfloat16</c> or <c>null</c>.</summary>
    public string? Rounding => To == Float16 ? "float16" : To == BFloat16 ? "bfloat16" : null;

    public override IEnumerable<(string Name, object Value)> Options => Rounding is { } rounding
        ? [("type", ElementType.Float32), ("through", rounding)]
        : [("type", Target)];

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

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];

    private static ElementType? TypeOf(long type) => type switch
    {
        1 or Float16 or BFloat16 => ElementType.Float32,
        2 => ElementType.UInt8,
        3 => ElementType.Int8,
        5 => ElementType.Int16,
        4 or 6 => ElementType.Int32,
        7 or 12 or 13 => ElementType.Int64,
        9 => ElementType.Bool,
        11 => ElementType.Float64,
        _ => null,
    };
}
