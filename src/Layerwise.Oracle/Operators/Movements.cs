using Layerwise.Oracle.Graph;
using Layerwise.Oracle.Linear;

namespace Layerwise.Oracle.Operators;

/// <summary>What only moves values: for each element of the result, the element of the input that stands there.</summary>
internal static class Movements
{
    public static readonly Dictionary<string, Func<NodeCall, Value>> Operators = new()
    {
        ["Identity"] = call => call[0],
        ["Dropout"] = call => call.Output == 0 ? call[0] : throw call.NoReference("its mask"),
        ["Cast"] = Cast,
        ["CastLike"] = call => call[0],
        ["Reshape"] = call => SameOrder(call, Reshaped(call)),
        ["Flatten"] = call => SameOrder(call, Flattened(call[0].Shape, (int)call.Node.Int("axis", 1))),
        ["Squeeze"] = call => SameOrder(call, Squeezed(call)),
        ["Unsqueeze"] = call => SameOrder(call, Unsqueezed(call)),
        ["Transpose"] = Transpose,
        ["Concat"] = Concat,
        ["Split"] = Split,
        ["Slice"] = Slice,
        ["Pad"] = Pad,
        ["Gather"] = Gather,
        ["Expand"] = Expand,
        ["Tile"] = Tile,
        ["DepthToSpace"] = call => Blocks(call, toSpace: true),
        ["SpaceToDepth"] = call => Blocks(call, toSpace: false),
    };

    private static Value SameOrder(NodeCall call, int[] shape) => Shapes.Size(shape) != Shapes.Size(call[0].Shape)
        ? throw call.NoReference($"{Shapes.Text(call[0].Shape)} as {Shapes.Text(shape)}")
        : call[0] is Constant constant ? new Constant(constant.Grid with { Shape = shape }, constant.IsInteger) : new Computed(call[0].Map, shape);

    /// <summary>The elements of the first input in other places; -1 for one that is not there.</summary>
    private static Value Moved(NodeCall call, int[] from, int[] shape, double[]? fill = null) => call.Linear(new Thin(from, null, fill), shape);

    private static Value Cast(NodeCall call)
    {
        var type = (int)call.Node.Int("to", 1);
        return call[0] is Constant constant ? new Constant(Grid.Of(constant.Shape, i => TensorValues.Rounded(constant.Grid.Values[i], type)), TensorValues.IsInteger(type))
            : type is 1 or 11 ? call[0]
            : call.Function((_, a) => TensorValues.Rounded(a[0], type), (_, _, _) => 1, call[0]);
    }

    private static int[] Reshaped(NodeCall call)
    {
        var x = call[0].Shape;
        var wanted = call.Integers("shape", 1)!;
        var keepsZero = call.Node.Int("allowzero", 0) != 0;
        int[] shape = [.. wanted.Select((d, axis) => d == 0 && !keepsZero ? x[axis] : (int)d)];
        var known = shape.Where(d => d != -1).Aggregate(1, (a, b) => a * b);
        return [.. shape.Select(d => d == -1 ? Shapes.Size(x) / known : d)];
    }

    private static int[] Flattened(int[] x, int axis) => axis < 0 ? Flattened(x, axis + x.Length) : [Shapes.Size(x.AsSpan(0, axis)), Shapes.Size(x.AsSpan(axis))];

    private static int[] Squeezed(NodeCall call)
    {
        var x = call[0].Shape;
        var axes = call.Integers("axes", 1)?.Select(a => Shapes.Axis(a, x.Length)).ToHashSet();
        return [.. x.Where((d, axis) => axes is null ? d != 1 : !axes.Contains(axis))];
    }

    private static int[] Unsqueezed(NodeCall call)
    {
        var axes = call.Integers("axes", 1)!;
        var rank = call[0].Shape.Length + axes.Length;
        var added = axes.Select(a => Shapes.Axis(a, rank)).ToHashSet();
        var old = new Queue<int>(call[0].Shape);
        return [.. Enumerable.Range(0, rank).Select(axis => added.Contains(axis) ? 1 : old.Dequeue())];
    }

    private static Value Transpose(NodeCall call)
    {
        var x = call[0].Shape;
        var order = call.Node.Ints("perm") ?? [.. Enumerable.Range(0, x.Length).Reverse()];
        var strides = Shapes.Strides(x);
        int[] shape = [.. order.Select(p => x[p])];
        return Moved(call, Shapes.Places(shape, axis => strides[order[axis]]), shape);
    }

    private static Value Concat(NodeCall call)
    {
        Value[] parts = [.. call.Inputs];
        var axis = Shapes.Axis(call.Node.Int("axis", 1), parts[0].Shape.Length);
        var outer = Shapes.Size(parts[0].Shape.AsSpan(0, axis));
        int[] rows = [.. parts.Select(p => Shapes.Size(p.Shape.AsSpan(axis)))];
        int[] starts = [.. rows.Select((_, k) => rows[..k].Sum() * outer)];
        int[] from = [.. Enumerable.Range(0, outer).SelectMany(o => rows.SelectMany((row, k) => Enumerable.Range(starts[k] + (o * row), row)))];
        int[] shape = [.. parts[0].Shape.Select((d, i) => i == axis ? parts.Sum(p => p.Shape[axis]) : d)];
        return new Computed(Chain.Of(new Thin(from), new Stack([.. parts.Select(p => p.Map)])), shape);
    }

    private static Value Split(NodeCall call)
    {
        var x = call[0].Shape;
        var axis = Shapes.Axis(call.Node.Int("axis", 0), x.Length);
        var (count, sizes) = (call.Node.Output.Count, call.Integers("split", 1));
        var even = (x[axis] + count - 1) / count;
        int Size(int part) => sizes is not null ? (int)sizes[part] : Math.Min(even, x[axis] - (part * even));
        int[] shape = [.. x.Select((d, a) => a == axis ? Size(call.Output) : d)];
        var strides = Shapes.Strides(x);
        return Moved(call, Shapes.Places(shape, a => strides[a], Enumerable.Range(0, call.Output).Sum(Size) * strides[axis]), shape);
    }

    private static Value Slice(NodeCall call)
    {
        var x = call[0].Shape;
        long[] starts = call.Integers("starts", 1)!, ends = call.Integers("ends", 2)!;
        var axes = call.Integers("axes", 3) ?? [.. starts.Select((_, i) => (long)i)];
        var steps = call.Has(4) ? call.Constant(4).Integers : [.. starts.Select(_ => 1L)];
        var (strides, shape, first) = (Shapes.Strides(x), x.ToArray(), 0);
        var moves = strides.ToArray();
        for (var k = 0; k < starts.Length; k++)
        {
            var axis = Shapes.Axis(axes[k], x.Length);
            var (size, step) = ((long)x[axis], steps[k]);
            long Place(long value, long least, long most) => Math.Clamp(value < 0 ? value + size : value, least, most);
            var start = step > 0 ? Place(starts[k], 0, size) : Place(starts[k], 0, size - 1);
            var end = step > 0 ? Place(ends[k], 0, size) : ends[k] < -size ? -1 : Place(ends[k], -1, size - 1);
            shape[axis] = (int)Math.Max(0, (end - start + step - Math.Sign(step)) / step);
            moves[axis] = strides[axis] * (int)step;
            first += strides[axis] * (int)start;
        }

        return Moved(call, Shapes.Places(shape, axis => moves[axis], first), shape);
    }

    private static Value Pad(NodeCall call)
    {
        var (x, mode) = (call[0].Shape, call.Node.Text("mode", "constant"));
        var pads = call.Integers(call.Node.Attribute("paddings") is null ? "pads" : "paddings", 1)!;
        int[] axes = call.Has(3) ? [.. call.Constant(3).Integers.Select(a => Shapes.Axis(a, x.Length))] : [.. Enumerable.Range(0, x.Length)];
        var value = call.Has(2) ? call.Constant(2).Values[0] : call.Node.Float("value", 0);
        var (before, shape, strides) = (new int[x.Length], x.ToArray(), Shapes.Strides(x));
        for (var k = 0; k < axes.Length; k++)
        {
            before[axes[k]] = (int)pads[k];
            shape[axes[k]] += (int)(pads[k] + pads[k + axes.Length]);
        }

        var own = Shapes.Strides(shape);
        var (from, fill) = (new int[Shapes.Size(shape)], new double[Shapes.Size(shape)]);
        for (var i = 0; i < from.Length; i++)
        {
            for (var axis = 0; axis < x.Length && from[i] >= 0; axis++)
            {
                var place = Inside((i / own[axis] % shape[axis]) - before[axis], x[axis], mode, call);
                from[i] = place < 0 ? -1 : from[i] + (place * strides[axis]);
            }

            fill[i] = from[i] < 0 ? value : 0;
        }

        return Moved(call, from, shape, value == 0 ? null : fill);
    }

    private static int Inside(int place, int size, string mode, NodeCall call) => mode switch
    {
        _ when place >= 0 && place < size => place,
        "constant" => -1,
        "edge" => Math.Clamp(place, 0, size - 1),
        "wrap" => ((place % size) + size) % size,
        "reflect" => Inside(place < 0 ? -place : (2 * (size - 1)) - place, size, mode, call),
        _ => throw call.NoReference($"mode {mode}"),
    };

    private static Value Gather(NodeCall call)
    {
        var (x, indices) = (call[0].Shape, call.Constant(1));
        var axis = Shapes.Axis(call.Node.Int("axis", 0), x.Length);
        var inner = Shapes.Size(x.AsSpan(axis + 1));
        int[] places = [.. indices.Values.Select(i => (int)(i < 0 ? i + x[axis] : i))];
        int[] from = [.. Enumerable.Range(0, Shapes.Size(x.AsSpan(0, axis))).SelectMany(o => places.SelectMany(p => Enumerable.Range(((o * x[axis]) + p) * inner, inner)))];
        return Moved(call, from, [.. x[..axis], .. indices.Shape, .. x[(axis + 1)..]]);
    }

    private static Value Expand(NodeCall call)
    {
        var shape = Shapes.Broadcast(call[0].Shape, [.. call.Constant(1).Integers.Select(d => (int)d)]);
        return Moved(call, Shapes.From(call[0].Shape, shape), shape);
    }

    private static Value Tile(NodeCall call)
    {
        var x = call[0].Shape;
        var (repeats, strides) = (call.Constant(1).Integers, Shapes.Strides(x));
        int[] shape = [.. x.Select((d, axis) => d * (int)repeats[axis])];
        var own = Shapes.Strides(shape);
        int[] from = [.. Enumerable.Range(0, Shapes.Size(shape)).Select(i => x.Select((d, axis) => i / own[axis] % shape[axis] % d * strides[axis]).Sum())];
        return Moved(call, from, shape);
    }

    // [N, C, H, W] with the blocks of a picture as channels, or the other way round: a reshape, a transpose and a reshape.
    private static Value Blocks(NodeCall call, bool toSpace)
    {
        var (x, b) = (call[0].Shape, (int)call.Node.Int("blocksize", 1));
        int n = x[0], c = x[1], h = x[2], w = x[3];
        var byColumns = call.Node.Text("mode", "DCR") == "CRD";
        var (apart, order) = !toSpace ? (new[] { n, c, h / b, b, w / b, b }, new[] { 0, 3, 5, 1, 2, 4 })
            : byColumns ? ([n, c / (b * b), b, b, h, w], [0, 1, 4, 2, 5, 3])
            : ([n, b, b, c / (b * b), h, w], [0, 3, 4, 1, 5, 2]);
        var strides = Shapes.Strides(apart);
        int[] moved = [.. order.Select(p => apart[p])];
        return Moved(call, Shapes.Places(moved, axis => strides[order[axis]]), toSpace ? [n, c / (b * b), h * b, w * b] : [n, c * b * b, h / b, w / b]);
    }
}
