using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The same values as numbers of another type.</summary>
/// <param name="To">ONNX's number of the type.</param>
public sealed record Cast(long To) : Operator
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

    public override bool IsDifferentiable => false;

    public ElementType Target => TypeOf(To)!.Value;

    /// <summary>Whether values are rounded to a 16-bit type, in which they are not computed further: <c>Half</c>, <c>BFloat16</c> or <c>null</c>.</summary>
    public string? Rounding => To == Float16 ? "Float16" : To == BFloat16 ? "BFloat16" : null;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [Target];

    public override KnownIntegers? Evaluate(NodeContext node) => node.Integers(0) is not { } known || Target.IsFloat() ? null
        : Target != ElementType.Bool ? known with { Type = Target }
        : new KnownIntegers(new(known.Values.Select(v => (Dim)(v == 0 ? 0 : 1))), known.Shape, Target);

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
