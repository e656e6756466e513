using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The remainder of a division, of the sign of the divisor; of the dividend where fmod is set.</summary>
public sealed record Mod(bool OfDividend) : KernelOperator
{
    public static Operator Read(NodeReader node) => new Mod(node.Int("fmod", 0) != 0);

    public override string Name => "Mod";

    public override OperatorClass Class => OperatorClass.Elementwise;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("ofDividend", OfDividend, false));

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [Broadcast.OfInputs(node)];

    public override Known? Evaluate(NodeContext node) => node.Integers(0) is { } a && node.Integers(1) is { } b
        ? KnownIntegers.Combine(a, b, a.Type, Dim.OfNumbers((x, y) => y == 0 ? null : OfDividend || x % y == 0 || (x < 0) == (y < 0) ? x % y : (x % y) + y))
        : null;
}
