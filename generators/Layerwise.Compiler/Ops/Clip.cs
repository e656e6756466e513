using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>x within bounds. The bounds are attributes before opset 11, inputs from then on.</summary>
/// <param name="Low">The lower bound, where it is a number of the graph.</param>
/// <param name="High">The upper bound, where it is a number of the graph.</param>
public sealed record Clip(float? Low, float? High) : KernelOperator
{
    public static Operator Read(NodeReader node) => node.Opset < 11
        ? new Clip(Bound(node.Float("min", float.MinValue)), Bound(node.Float("max", float.MaxValue)))
        : new Clip(null, null);

    public override string Name => "Clip";

    public override OperatorClass Class => OperatorClass.Activation;

    public override WayBack WayBack => WayBack.OfInput;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("low", Low, null), ("high", High, null));

    public override string? InputName(int input) => input switch
    {
        1 => Low is null ? "lowest" : "",
        2 => High is null ? "highest" : "",
        _ => null,
    };

    public override Operator Resolve(NodeContext node) => this with
    {
        Low = Low ?? node.Number(1),
        High = High ?? node.Number(2),
    };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        foreach (var bound in new[] { 1, 2 }.Where(node.Has))
        {
            if (node.Shape(bound).Elements != 1)
            {
                throw node.ShapeError($"its bound '{node.Node.Inputs[bound]}' {node.Shape(bound)} is not one number");
            }
        }

        return [node.Shape(0)];
    }

    protected override string Form => Low is { } low && High is { } high ? FormattableString.Invariant($"Clip {low}…{high}") : "Clip";

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => (Low >= 0 && (High is null or >= 0)) || (inputs[0] && High is null or >= 0);

    private static float? Bound(float value) => value is float.MinValue or float.MaxValue ? null : value;
}
