using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>One number of all that stand along some axes: ReduceSum, ReduceMean, ReduceMax and their like.</summary>
/// <param name="Source">The ONNX operator, and the kernel.</param>
/// <param name="Axes">The axes, an attribute before opset 18 (of ReduceSum before 13); all where there are none.</param>
/// <param name="KeepAxes">Whether an axis stays with a size of 1.</param>
/// <param name="NoAxesIsNone">Whether no axes means none rather than all.</param>
public sealed record Reduce(string Source, EquatableList<long>? Axes, bool KeepAxes, bool NoAxesIsNone) : KernelOperator
{
    public static readonly IReadOnlyList<string> Names =
    [
        "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare",
    ];

    public static Operator Read(NodeReader node) => new Reduce(
        node.Op,
        node.Ints("axes") is { } axes ? new(axes) : null,
        node.Int("keepdims", 1) != 0,
        node.Int("noop_with_empty_axes", 0) != 0);

    public override string Name => Source;

    public override OperatorClass Class => Source is "ReduceMean" or "ReduceSum" ? OperatorClass.Affine : OperatorClass.Reduction;

    public override WayBack WayBack => WayBack.Own;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("axes", Axes, null), ("keepAxes", KeepAxes, true));

    public override string? InputName(int input) => input == 1 ? "" : null;

    public override Operator Resolve(NodeContext node)
    {
        var x = node.Shape(0);
        var axes = node.Axes(x, Axes, 1) is { Count: > 0 } given ? given : NoAxesIsNone ? [] : [.. Enumerable.Range(0, x.Rank)];
        return axes.Where(axis => x[axis].IsBatch).ToList() is [var batch, ..]
            ? throw node.ShapeError($"it joins the samples along axis {batch} of {x}")
            : this with { Axes = new(axes.Select(axis => (long)axis)) };
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return [new Shape(x.Dims.Select((dim, axis) => Axes!.Contains(axis) ? 1 : dim).Where((_, axis) => KeepAxes || !Axes!.Contains(axis)))];
    }

    public override Known? Evaluate(NodeContext node)
    {
        Func<Dim, Dim, Dim?>? function = Source switch
        {
            "ReduceProd" => Dim.Multiply,
            "ReduceSum" => Dim.Add,
            "ReduceMax" => Dim.OfNumbers((a, b) => Math.Max(a, b)),
            "ReduceMin" => Dim.OfNumbers((a, b) => Math.Min(a, b)),
            _ => null,
        };
        if (function is null || node.Integers(0) is not { IsList: true, Count: > 0 } list || (node.Axes(node.Shape(0), Axes, 1) is null or { Count: 0 } && NoAxesIsNone))
        {
            return null;
        }

        var result = list.Values.Skip(1).Aggregate((Dim?)list.Values[0], (all, value) => all is { } some ? function(some, value) : null);
        return result is { } dim ? new KnownIntegers(new([dim]), KeepAxes ? new([1]) : EquatableList<long>.Empty, list.Type) : null;
    }

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs)
        => Source is "ReduceL1" or "ReduceL2" or "ReduceSumSquare" || (inputs[0] && Source is not ("ReduceLogSum" or "ReduceLogSumExp"));
}
