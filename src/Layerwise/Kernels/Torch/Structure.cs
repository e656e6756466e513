using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

// Values cut, repeated, picked and put.
public static partial class Torch
{
    /// <summary>y = the value everywhere.</summary>
    /// <param name="y">y.</param>
    /// <param name="value">The value.</param>
    /// <param name="type">Its type; float32 unless given.</param>
    /// <param name="batch">An input of the network, where the batch stands in the shape.</param>
    public static void ConstantOfShape(Buffer y, float value, ScalarType type = ScalarType.Float32, Buffer? batch = null)
        => y.Set(full(y.Sizes(batch), value, type, batch?.Value.device ?? CPU));

    /// <summary>y = start, start + step, …</summary>
    public static void Range(Buffer y, double start, double step, ScalarType type = ScalarType.Float32)
    {
        using var places = arange(y.Dims[0], ScalarType.Float64);
        places.mul_(step).add_(start);
        y.Set(places.to(type));
    }

    /// <summary>y = part of x along some axes.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="axes">The axes.</param>
    /// <param name="starts">The first element along each.</param>
    /// <param name="ends">The element behind the last along each; before it where the step is negative.</param>
    /// <param name="steps">Distance between the elements; 1 unless given.</param>
    public static void Slice(Buffer x, Buffer y, long[] axes, long[] starts, long[] ends, long[]? steps = null)
    {
        ArgumentNullException.ThrowIfNull(axes);
        using var scope = NewDisposeScope();
        var part = x.Value.alias();
        for (var i = 0; i < axes.Length; i++)
        {
            var (axis, step) = (axes[i], steps?[i] ?? 1);
            var last = x.Value.shape[axis] - 1;
            part = step > 0
                ? part.slice(axis, starts[i], Math.Max(starts[i], ends[i]), step)
                : part.flip(axis).slice(axis, last - starts[i], Math.Max(last - starts[i], last - ends[i]), -step);
        }

        y.Set(part.contiguous());
    }

    /// <summary>y = x repeated to a larger shape.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="batch">An input of the network, where the batch stands in the shape of y and not of x.</param>
    public static void Expand(Buffer x, Buffer y, Buffer? batch = null)
    {
        using var view = x.Value.expand(y.Sizes(batch ?? x, x.Value.shape));
        y.Set(view.contiguous());
    }

    /// <summary>y = x repeated along its axes.</summary>
    public static void Tile(Buffer x, Buffer y, long[] repeats) => y.Set(x.Value.repeat(repeats));

    /// <summary>y = x with more elements around it, or fewer where a pad is negative.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="pads">All begins, then all ends.</param>
    /// <param name="mode"><c>constant</c>, <c>reflect</c>, <c>edge</c> or <c>wrap</c>.</param>
    /// <param name="value">What a constant pad holds.</param>
    /// <param name="fill">The same as a computed number.</param>
    public static void Pad(Buffer x, Buffer y, long[] pads, string mode = "constant", float value = 0, Buffer? fill = null)
    {
        ArgumentNullException.ThrowIfNull(pads);
        using var scope = NewDisposeScope();
        var padded = x.Value.alias();
        for (var axis = 0; axis < pads.Length / 2; axis++)
        {
            var (begin, end, size) = (pads[axis], pads[axis + (pads.Length / 2)], x.Value.shape[axis]);
            if (begin == 0 && end == 0)
            {
                continue;
            }

            if (mode == "constant")
            {
                padded = padded.slice(axis, Math.Max(0, -begin), Math.Max(Math.Max(0, -begin), size + Math.Min(0, end)), 1);
                Tensor Block(long length) => Filled([.. padded.shape.Select((s, a) => a == axis ? length : s)]);
                padded = cat([Block(Math.Max(0, begin)), padded, Block(Math.Max(0, end))], axis);
                continue;
            }

            var places = Enumerable.Range(0, (int)(size + begin + end)).Select(i => Source(i - begin, size, mode)).ToArray();
            padded = padded.index_select(axis, tensor(places, device: padded.device));
        }

        y.Set(padded.contiguous());

        Tensor Filled(long[] shape) => fill is null ? full(shape, value, x.Value.dtype, x.Value.device) : fill.Value.to(x.Value.dtype).reshape([.. shape.Select(_ => 1L)]).expand(shape);
    }

    // Where in a row of some size an element before or behind it is taken from.
    private static long Source(long place, long size, string mode) => mode switch
    {
        "edge" => Math.Clamp(place, 0, size - 1),
        "wrap" => ((place % size) + size) % size,
        _ => place < 0 ? -place : place >= size ? (2 * (size - 1)) - place : place,
    };

    /// <summary>y = blocks of pixels laid out as channels.</summary>
    public static void SpaceToDepth(Buffer x, Buffer y, long block)
    {
        var shape = x.Value.shape;
        using var parts = x.Value.reshape(shape[0], shape[1], shape[2] / block, block, shape[3] / block, block);
        using var ordered = parts.permute(0, 3, 5, 1, 2, 4);
        y.Set(ordered.reshape(shape[0], shape[1] * block * block, shape[2] / block, shape[3] / block));
    }

    /// <summary>y = an element of x along an axis for each index; a negative index counts from the end.</summary>
    /// <exception cref="UnknownIdException">An index lies outside of the axis.</exception>
    public static void GatherElements(Buffer x, Buffer indices, Buffer y, int axis)
    {
        using var places = Places(indices, x.Value.shape[axis]);
        y.Set(x.Value.gather(axis, places));
    }

    /// <summary>y = slices of x at the places that each row of the indices names.</summary>
    /// <param name="x">x.</param>
    /// <param name="indices">Rows of places.</param>
    /// <param name="y">y.</param>
    /// <param name="batchAxes">First axes that x and the indices share.</param>
    /// <exception cref="UnknownIdException">An index lies outside of the axis.</exception>
    public static void GatherND(Buffer x, Buffer indices, Buffer y, int batchAxes = 0)
    {
        using var scope = NewDisposeScope();
        var (shape, rows) = (x.Value.shape, indices.Value.shape);
        var depth = (int)rows[^1];
        var samples = shape[..batchAxes].Aggregate(1L, (a, b) => a * b);
        var picked = shape[batchAxes..(batchAxes + depth)];
        var rest = shape[(batchAxes + depth)..];
        var size = picked.Aggregate(1L, (a, b) => a * b);
        var places = Flat(indices, picked).reshape(samples, -1);
        places = places.add(arange(samples, ScalarType.Int64, places.device).mul(size).unsqueeze(1)).flatten();
        y.Set(x.Value.reshape([samples * size, .. rest]).index_select(0, places).reshape([.. rows[..^1], .. rest]));
    }

    /// <summary>y = x with some elements along an axis replaced by updates, or joined with them.</summary>
    /// <param name="x">x.</param>
    /// <param name="indices">Places along the axis.</param>
    /// <param name="updates">One for each index.</param>
    /// <param name="y">y.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="reduction"><c>none</c>, <c>add</c>, <c>mul</c>, <c>max</c> or <c>min</c>.</param>
    /// <exception cref="UnknownIdException">An index lies outside of the axis.</exception>
    public static void ScatterElements(Buffer x, Buffer indices, Buffer updates, Buffer y, int axis, string reduction = "none")
    {
        using var places = Places(indices, x.Value.shape[axis]);
        y.Set(Scatter(x.Value, axis, places, updates.Value, reduction));
    }

    /// <summary>y = x with slices at the places that each row of the indices names replaced by updates, or joined with them.</summary>
    /// <param name="x">x.</param>
    /// <param name="indices">Rows of places.</param>
    /// <param name="updates">One for each row.</param>
    /// <param name="y">y.</param>
    /// <param name="reduction"><c>none</c>, <c>add</c>, <c>mul</c>, <c>max</c> or <c>min</c>.</param>
    /// <exception cref="UnknownIdException">An index lies outside of the axis.</exception>
    public static void ScatterND(Buffer x, Buffer indices, Buffer updates, Buffer y, string reduction = "none")
    {
        using var scope = NewDisposeScope();
        var shape = x.Value.shape;
        var depth = (int)indices.Value.shape[^1];
        var rest = shape.Skip(depth).Aggregate(1L, (a, b) => a * b);
        var places = Flat(indices, shape.AsSpan(0, depth)).reshape(-1, 1).expand(-1, rest).contiguous();
        y.Set(Scatter(x.Value.reshape(-1, rest), 0, places, updates.Value.reshape(-1, rest), reduction).reshape(shape));
    }

    private static Tensor Scatter(Tensor x, int axis, Tensor places, Tensor updates, string reduction) => reduction switch
    {
        "none" => x.scatter(axis, places, updates),
        "add" => x.scatter_add(axis, places, updates),
        _ => OneByOne(x, axis, places, updates, reduction),
    };

    // What several updates share is joined in turn.
    private static Tensor OneByOne(Tensor x, int axis, Tensor places, Tensor updates, string reduction)
    {
        using var scope = NewDisposeScope();
        var result = x.clone();
        for (var i = 0L; i < places.shape[axis]; i++)
        {
            var (at, update) = (places.narrow(axis, i, 1), updates.narrow(axis, i, 1));
            var before = result.gather(axis, at);
            result = result.scatter(axis, at, reduction == "mul" ? before.mul(update) : reduction == "max" ? maximum(before, update) : minimum(before, update));
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <summary>y = the upper or lower triangle of matrices, 0 elsewhere.</summary>
    public static void Trilu(Buffer x, Buffer y, bool upper, long diagonal = 0) => y.Set(upper ? x.Value.triu(diagonal) : x.Value.tril(diagonal));

    /// <summary>y = sums of all elements up to each along an axis.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="exclusive">Whether an element is not in its own sum.</param>
    /// <param name="reverse">Whether the sums run from the end.</param>
    public static void CumSum(Buffer x, Buffer y, int axis, bool exclusive = false, bool reverse = false)
    {
        using var scope = NewDisposeScope();
        var ordered = reverse ? x.Value.flip(axis) : x.Value.alias();
        var sums = ordered.cumsum(axis, x.Value.dtype);
        sums = exclusive ? sums.sub(ordered) : sums;
        y.Set(reverse ? sums.flip(axis) : sums);
    }

    /// <summary>y = the largest or smallest elements along an axis, in order; of equal ones the first.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="count">How many.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="largest">Whether the largest are meant.</param>
    /// <param name="places">Where they stand.</param>
    public static void TopK(Buffer x, Buffer y, long count, int axis, bool largest = true, Buffer? places = null)
    {
        using var scope = NewDisposeScope();
        var (values, indices) = x.Value.sort(axis, largest, stable: true);
        y.Set(values.narrow(axis, 0, count).contiguous());
        places?.Set(indices.narrow(axis, 0, count).contiguous());
    }

    /// <summary>y = a new axis that is one value where the index stands and another elsewhere; a negative index counts from the end.</summary>
    /// <param name="indices">The indices.</param>
    /// <param name="values">Off, on.</param>
    /// <param name="y">y.</param>
    /// <param name="depth">The size of the axis.</param>
    /// <param name="axis">Where it stands.</param>
    public static void OneHot(Buffer indices, Buffer values, Buffer y, long depth, int axis)
    {
        using var scope = NewDisposeScope();
        var places = FromStart(indices.Value, depth).unsqueeze(axis);
        var isOn = places.eq(arange(depth, ScalarType.Int64, places.device).reshape([depth, .. Enumerable.Repeat(1L, (int)places.dim() - axis - 1)]));
        y.Set(where(isOn, values.Value.select(0, 1), values.Value.select(0, 0)));
    }
}
