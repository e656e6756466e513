using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>eˣ/Σeˣ along an axis. Before opset 13 the sum went over all axes from <c>axis</c> on.</summary>
/// <param name="Axis">The axis.</param>
/// <param name="OverAllFromAxis">Whether the sum goes over all axes from there on.</param>
/// <param name="IsLog">Whether it is the logarithm: LogSoftmax.</param>
public sealed record Softmax(int Axis, bool OverAllFromAxis, bool IsLog) : Operator
{
    public static Operator Read(NodeReader node) => node.Opset < 13
        ? new Softmax(checked((int)node.Int("axis", 1)), OverAllFromAxis: true, node.Op == "LogSoftmax")
        : new Softmax(checked((int)node.Int("axis", -1)), OverAllFromAxis: false, node.Op == "LogSoftmax");

    public override string Name => IsLog ? "LogSoftmax" : "Softmax";

    public override bool IsDifferentiable => !IsLog;

    public override OperatorClass Class => OperatorClass.Softmax;

    public override Operator Resolve(NodeContext node)
    {
        var x = node.Shape(0);
        var axis = node.AxisOfSample(x, Axis);
        if (!OverAllFromAxis)
        {
            return this with { Axis = axis };
        }

        var wide = Enumerable.Range(axis, x.Rank - axis).Where(a => x[node.AxisOfSample(x, a)] != 1).ToList();
        return wide.Count > 1 ? this with { Axis = axis } : this with { Axis = wide.Count == 1 ? wide[0] : axis, OverAllFromAxis = false };
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [node.Shape(0)];

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => !IsLog;
}
