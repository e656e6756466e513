using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Numbers from a start to a limit, which is not among them, a step apart. Inputs: start, limit, step; all known when compiling.</summary>
public sealed record Range(double Start, double Step, ElementType Type) : KernelOperator
{

    public static Operator Read(NodeReader node) => new Range(0, 1, ElementType.Float32);

    public override string Name => "Range";

    public override OperatorClass Class => OperatorClass.Movement;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("start", Start, null), ("step", Step, null), ("type", Type, ElementType.Float32));

    public override string? InputName(int input) => "";

    public override Operator Resolve(NodeContext node) => new Range(Number(node, 0, "its start"), Number(node, 2, "its step"), node.Type(0));

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [new Shape((Dim)Count(node))];

    public override Known? Evaluate(NodeContext node)
        => node.Integers(0) is { Values: [{ IsBatch: false, IsOpen: false } start] } first && node.Integers(1) is { Values: [{ IsBatch: false, IsOpen: false }] }
            && node.Integers(2) is { Values: [{ IsBatch: false, IsOpen: false } step] } && Count(node) is <= Ir.Known.Most and var count
            ? new KnownIntegers([.. Enumerable.Range(0, (int)count).Select(i => (Dim)(start.Count + (i * step.Count)))]) { Type = first.Type }
            : null;

    private static long Count(NodeContext node)
    {
        var (start, limit, step) = (Number(node, 0, "its start"), Number(node, 1, "its limit"), Number(node, 2, "its step"));
        return step == 0 ? throw node.ShapeError("its step is 0") : checked((long)Math.Max(0, Math.Ceiling((limit - start) / step)));
    }

    private static double Number(NodeContext node, int input, string what) => node.Known(input) switch
    {
        KnownIntegers { Values: [{ IsBatch: false, IsOpen: false } value] } => value.Count,
        KnownFloats { Values: [var value] } => value,
        null => throw node.NotConstant(input, what),
        _ => throw node.ShapeError($"{what} is not one number that is known"),
    };
}
