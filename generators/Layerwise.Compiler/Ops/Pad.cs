using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>More elements around the input, or fewer where a pad is negative. Inputs from opset 11 on: x, pads, the value, the axes.</summary>
/// <param name="Mode"><c>constant</c>, <c>reflect</c>, <c>edge</c> or <c>wrap</c>.</param>
/// <param name="Pads">All begins, then all ends.</param>
/// <param name="Value">What a constant pad holds, where it is a number of the graph.</param>
public sealed record Pad(string Mode, EquatableList<long>? Pads, float? Value) : KernelOperator
{
    public static Operator Read(NodeReader node)
    {
        var mode = node.Choice("mode", "constant", "reflect", "edge", "wrap");
        return node.Opset < 11
            ? new Pad(mode, node.Ints(node.Opset < 2 ? "paddings" : "pads") is { } pads ? new(pads) : throw node.Unsupported("it has no pads", "Export the model again; the attribute is required."), node.Float("value", 0))
            : new Pad(mode, null, null);
    }

    public override string Name => "Pad";

    public override OperatorClass Class => OperatorClass.Movement;

    public override WayBack WayBack => WayBack.Moves;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("pads", Pads, null), ("mode", Mode, "constant"), ("value", Mode == "constant" ? Value : null, 0f));

    public override string? InputName(int input) => input switch
    {
        0 => null,
        2 => Value is null && Mode == "constant" ? "fill" : "",
        _ => "",
    };

    public override Operator Resolve(NodeContext node)
    {
        var x = node.Shape(0);
        var pads = Pads ?? new EquatableList<long>(Spread(node, x, node.Numbers(1, "its pads") ?? throw node.ShapeError("it names no pads")));
        var rank = x.Rank;
        return pads.Count != 2 * rank ? throw node.ShapeError($"its pads [{string.Join(", ", pads)}] do not fit its input {x}")
            : x.Dims.Select((dim, axis) => (dim, axis)).Where(d => d.dim.IsBatch && (pads[d.axis] != 0 || pads[d.axis + rank] != 0)).ToList() is [var batch, ..]
            ? throw node.ShapeError($"it pads the samples along axis {batch.axis} of {x}")
            : this with { Pads = pads, Value = Value ?? (!node.Has(2) ? 0 : node.Number(2)) };
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return [new Shape(x.Dims.Select((dim, axis) => Padded(node, x, dim, axis)))];
    }

    public override bool HandsOn(NodeContext node, Shape output) => Pads!.All(p => p == 0);

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0] && (Mode != "constant" || Value >= 0);

    private Dim Padded(NodeContext node, Shape x, Dim dim, int axis)
    {
        var (begin, end) = (Pads![axis], Pads[axis + x.Rank]);
        if (dim.IsOpen)
        {
            return begin + end is not 0 and var more ? Dim.Open(FormattableString.Invariant($"{dim}{(more > 0 ? "+" : "")}{more}")) : dim;
        }

        var most = Mode == "reflect" ? dim.Count - 1 : Mode == "constant" ? long.MaxValue : dim.Count == 0 ? 0 : Mode == "edge" ? long.MaxValue : dim.Count;
        return begin > most || end > most || checked(dim.Count + begin + end) < 0 || -begin > dim.Count || -end > dim.Count
            ? throw node.ShapeError($"its pads {begin} and {end} along axis {axis} do not fit its input {x} ({Mode})")
            : dim with { Count = dim.Count + begin + end };
    }

    private static List<long> Spread(NodeContext node, Shape x, IReadOnlyList<long> pads)
    {
        if (node.Numbers(3, "its axes") is not { } axes)
        {
            return [.. pads];
        }

        var spread = new long[2 * x.Rank];
        foreach (var (axis, i) in axes.Select((axis, i) => (node.Axis(x, axis), i)))
        {
            (spread[axis], spread[axis + x.Rank]) = pads.Count == 2 * axes.Count ? (pads[i], pads[i + axes.Count])
                : throw node.ShapeError($"its pads [{string.Join(", ", pads)}] do not fit its axes [{string.Join(", ", axes)}]");
        }

        return [.. spread];
    }
}
