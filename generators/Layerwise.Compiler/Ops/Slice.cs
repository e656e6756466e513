using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>
/// Part of the input along some axes. Starts, ends, axes and steps are attributes before opset 10, inputs from then on.
/// Resolved, every start and end lies within the input, and a negative step goes from a start down to above an end of at least -1.
/// </summary>
public sealed record Slice(EquatableList<long>? Starts, EquatableList<long>? Ends, EquatableList<long>? Axes, EquatableList<long>? Steps) : KernelOperator
{
    public static Operator Read(NodeReader node)
    {
        EquatableList<long>? List(string name) => node.Ints(name) is { } values ? new(values) : null;
        return node.Opset < 10 ? new Slice(List("starts"), List("ends"), List("axes"), null) : new Slice(null, null, null, null);
    }

    public override string Name => "Slice";

    public override OperatorClass Class => OperatorClass.Movement;

    public override WayBack WayBack => WayBack.Moves;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("axes", Axes, null), ("starts", Starts, null), ("ends", Ends, null), ("steps", Steps!.All(s => s == 1) ? null : Steps, null));

    public override string? InputName(int input) => input > 0 ? "" : null;

    public override Operator Resolve(NodeContext node)
    {
        var parts = Parts(node, node.Shape(0)).Where(p => !p.IsAll).ToList();
        return new Slice(new(parts.Select(p => p.Start)), new(parts.Select(p => p.End)), new(parts.Select(p => (long)p.Axis)), new(parts.Select(p => p.Step)));
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
        => [new Shape(node.Shape(0).Dims.Select((dim, axis) => Axes!.ToList().IndexOf(axis) is >= 0 and var i ? Length(Starts![i], Ends![i], Steps![i]) : dim))];

    public override Known? Evaluate(NodeContext node)
    {
        if (node.Known(0) is not { } from)
        {
            return null;
        }

        var parts = Parts(node, node.Shape(0)).ToDictionary(p => p.Axis);
        return from.Move(
            [.. from.Shape.Select((dim, axis) => parts.TryGetValue(axis, out var part) ? Length(part.Start, part.End, part.Step) : dim)],
            at => at.Select((index, axis) => parts.TryGetValue(axis, out var part) ? part.Start + (index * part.Step) : index));
    }

    public override bool HandsOn(NodeContext node, Shape output) => Axes!.Count == 0;

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];

    private static long Length(long start, long end, long step) => Math.Max(0, ((end - start) + step - Math.Sign(step)) / step);

    private List<Part> Parts(NodeContext node, Shape x)
    {
        var starts = (IReadOnlyList<long>?)Starts ?? node.Numbers(1, "its starts") ?? throw node.ShapeError("it names no starts");
        var ends = (IReadOnlyList<Dim>?)Ends?.Select(e => (Dim)e).ToList() ?? node.Dims(2, "its ends") ?? throw node.ShapeError("it names no ends");
        var axes = Axes ?? node.Numbers(3, "its axes") ?? [.. Enumerable.Range(0, starts.Count).Select(i => (long)i)];
        var steps = Steps ?? node.Numbers(4, "its steps") ?? [.. Enumerable.Repeat(1L, starts.Count)];
        if (starts.Count != ends.Count || starts.Count != axes.Count || starts.Count != steps.Count || steps.Any(s => s is 0 or long.MinValue))
        {
            throw node.ShapeError($"its starts [{string.Join(", ", starts)}], ends [{string.Join(", ", ends)}], axes [{string.Join(", ", axes)}] and steps [{string.Join(", ", steps)}] do not fit each other");
        }

        var parts = axes.Select((axis, i) => Within(node, x, node.Axis(x, axis), starts[i], ends[i], steps[i])).OrderBy(p => p.Axis).ToList();
        return parts.Select(p => p.Axis).Distinct().Count() == parts.Count ? parts : throw node.ShapeError($"its axes [{string.Join(", ", axes)}] name one twice");
    }

    private static Part Within(NodeContext node, Shape x, int axis, long start, Dim end, long step)
    {
        var dim = x[axis];
        if (dim.IsBatch || dim.IsOpen)
        {
            return start == 0 && step == 1 && (end == dim || (!end.IsBatch && end.Count >= int.MaxValue))
                ? new Part(axis, 0, 0, 1, IsAll: true)
                : throw node.ShapeError($"it takes {start} to {end} of axis {axis} of {x}, whose size is not known");
        }

        if (end.IsBatch || end.IsOpen)
        {
            throw node.ShapeError($"it takes axis {axis} of {x} up to {end}, which is not known");
        }

        long Clamp(long at, long least, long most) => Math.Min(Math.Max(at < 0 ? at + dim.Count : at, least), most);
        return step > 0
            ? Part.Of(axis, Clamp(start, 0, dim.Count), Clamp(end.Count, 0, dim.Count), step, dim.Count)
            : Part.Of(axis, Clamp(start, -1, dim.Count - 1), Clamp(end.Count, -1, dim.Count - 1), step, dim.Count);
    }

    private readonly record struct Part(int Axis, long Start, long End, long Step, bool IsAll)
    {
        public static Part Of(int axis, long start, long end, long step, long size) => new(axis, start, end, step, start == 0 && end == size && step == 1);
    }
}
