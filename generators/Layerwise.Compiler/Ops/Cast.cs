using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The same values as numbers of another type.</summary>
/// <param name="Target">The type.</param>
/// <param name="Format">The narrower type that values are rounded to, in which they are not computed further, such as <c>float16</c>; <c>null</c> for none.</param>
/// <param name="Saturate">Whether what is beyond the numbers of a float of 8 bits becomes the largest of them.</param>
public sealed record Cast(ElementType Target, string? Format, bool Saturate) : KernelOperator
{
    public static Operator Read(NodeReader node)
    {
        node.Ignore("round_mode");
        var to = node.Opset < 6 ? OldName(node.String("to", "")) : ElementTypes.NameOf(node.Int("to", 0));
        return ElementTypes.Parse(to) is { } type
            ? new Cast(type, ElementTypes.Format(to), node.Int("saturate", 1) != 0)
            : throw node.Unsupported($"it casts to {to}", "Values are numbers of 4 to 64 bits or truth values.");
    }

    public static Cast To(ElementType type) => new(type, null, true);

    // Before opset 6 types are written as in the standard's own source: FLOAT, INT64.
    private static string OldName(string name) => name.ToUpperInvariant() switch
    {
        "FLOAT" => "float32",
        "DOUBLE" => "float64",
        var other => other.ToLowerInvariant(),
    };

    public override string Name => "Cast";

    public override OperatorClass Class => OperatorClass.Movement;

    public override WayBack WayBack => WayBack.Own;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("type", Target, null), ("through", Format, null), ("saturate", Saturate, true));

    // The second input of a CastLike says the type alone.
    public override string? InputName(int input) => input == 1 ? "" : null;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [Target];

    public override string? InferFormat(NodeContext node) => Format;

    public override Known? Evaluate(NodeContext node) => node.Known(0) switch
    {
        KnownIntegers known when Target == ElementType.Float32 && Format is null && !known.Values.Any(v => v.IsBatch || v.IsOpen)
            => new KnownFloats(new(known.Values.Select(v => (float)v.Count)), known.Shape),
        KnownIntegers known when Target == ElementType.Bool => known with { Values = new(known.Values.Select(v => (Dim)(v == 0 ? 0 : 1))), Type = Target },
        KnownIntegers known when !Target.IsFloat() => known with { Type = Target },
        KnownFloats known when Target is ElementType.Int64 or ElementType.Int32 && known.Values.All(v => Math.Abs(v) < int.MaxValue)
            => new KnownIntegers(new(known.Values.Select(v => (Dim)(long)v)), known.Shape, Target),
        _ => null,
    };

    /// <summary>A weight of a narrower float is read as float32 anyway.</summary>
    public override Constant? Fold(NodeContext node) => Target == ElementType.Float32 && Format is null ? node.Constant(0) : null;

    public override bool HandsOn(NodeContext node, Shape output) => Format is null && node.Type(0) == Target;

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];
}
