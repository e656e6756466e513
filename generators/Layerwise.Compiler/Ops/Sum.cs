using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Add (two inputs) and Sum (any number), with numpy's broadcasting; constants among the inputs are allowed.</summary>
public sealed record Sum(string Source) : Operator
{
    public static Operator Read(NodeReader node)
    {
        node.IgnoreBroadcast();
        return new Sum(node.Op);
    }

    public override string Name => Source;

    public override OperatorClass Class => OperatorClass.Sum;

    public override string InputRole(int input) => "Addend";

    public override bool TakesRelu => true;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [Broadcast.OfInputs(node)];

    public override Known? Evaluate(NodeContext node) => node.InputCount != 2 ? null
        : node.Integers(0) is { } a && node.Integers(1) is { } b ? KnownIntegers.Combine(a, b, a.Type, Dim.Add)
        : node.Floats(0) is { } x && node.Floats(1) is { } y ? KnownFloats.Combine(x, y, (left, right) => left + right)
        : null;

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs.All(i => i);
}
