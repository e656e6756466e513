namespace Layerwise.Kernels;

// Values moved as they are, bit by bit.
public static unsafe partial class Managed
{
    /// <summary>The same values in the shape of the buffer y.</summary>
    public static void Reshape(Buffer x, Buffer y) => y.Share(x);

    /// <summary>Axis i of y is axis <paramref name="order"/>[i] of x.</summary>
    public static void Transpose(Buffer x, Buffer y, ReadOnlySpan<long> order) => Move(x, y, y.Map ??= Transposed(x.Size, y.Size, [.. order]));

    /// <summary>y = part of x along some axes.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="axes">The axes.</param>
    /// <param name="starts">The first element along each.</param>
    /// <param name="ends">The element behind the last along each; before it where the step is negative.</param>
    /// <param name="steps">Distance between the elements; 1 unless given.</param>
    public static void Slice(Buffer x, Buffer y, ReadOnlySpan<long> axes, ReadOnlySpan<long> starts, ReadOnlySpan<long> ends, ReadOnlySpan<long> steps = default)
        => Move(x, y, y.Map ??= Sliced(x.Size, y.Size, [.. axes], [.. starts], [.. steps]));

    /// <summary>y = x with more elements around it, or fewer where a pad is negative.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="pads">All begins, then all ends.</param>
    /// <param name="mode"><c>constant</c>, <c>reflect</c>, <c>edge</c> or <c>wrap</c>.</param>
    /// <param name="value">What a constant pad holds.</param>
    public static void Pad(Buffer x, Buffer y, ReadOnlySpan<long> pads, string mode = "constant", float value = 0)
        => Move(x, y, y.Map ??= Padded(x.Size, y.Size, [.. pads], mode), value);

    /// <summary>The parts one after the other along an axis.</summary>
    /// <param name="parts">The parts.</param>
    /// <param name="y">The whole.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="sizes">The sizes of all parts, where some are 0 everywhere and left out.</param>
    /// <param name="present">Which of them are there.</param>
    public static void Concat(ReadOnlySpan<Buffer> parts, Buffer y, int axis, ReadOnlySpan<long> sizes = default, ReadOnlySpan<long> present = default)
    {
        var to = y.WriteRows();
        var step = Along(y, axis, toEnd: false).Step;
        var row = y.Size[axis] * step;
        if (!present.IsEmpty)
        {
            new Span<float>(to, y.Length).Clear();
        }

        var start = 0;
        for (var i = 0; i < Math.Max(sizes.Length, parts.Length); i++)
        {
            var part = present.IsEmpty ? parts[i] : present.IndexOf(i) is >= 0 and var at ? parts[at] : null;
            var length = (part?.Size[axis] ?? (int)sizes[i]) * step;
            for (var outer = 0; part is not null && length > 0 && outer < part.Length / length; outer++)
            {
                new ReadOnlySpan<float>(part.Rows() + (outer * length), length).CopyTo(new(to + (outer * row) + start, length));
            }

            start += length;
        }
    }

    /// <summary>The way back from <see cref="Concat"/>.</summary>
    public static void Split(Buffer x, ReadOnlySpan<Buffer> parts, int axis)
    {
        var from = x.Rows();
        var step = Along(x, axis, toEnd: false).Step;
        var row = x.Size[axis] * step;
        foreach (var part in parts)
        {
            var length = part.Size[axis] * step;
            var to = part.WriteRows();
            for (var outer = 0; length > 0 && outer < part.Length / length; outer++)
            {
                new ReadOnlySpan<float>(from + (outer * row), length).CopyTo(new(to + (outer * length), length));
            }

            from += length;
        }
    }

    /// <summary>r = s where the values of x went, summed where one went to several places, 0 where it went nowhere.</summary>
    /// <param name="s">What comes back to the values in their new places.</param>
    /// <param name="r">What comes back to x.</param>
    /// <param name="forward">What moved the values of x to y: here it moves their places, once.</param>
    /// <param name="like">x, whose shape r has.</param>
    public static void MoveBack(Buffer s, Buffer r, Action<Buffer, Buffer> forward, Buffer like)
    {
        ArgumentNullException.ThrowIfNull(forward);
        float* from = s.Rows(), to = r.WriteRows();
        var places = r.Map ??= Found(s, r, forward);
        new Span<float>(to, r.Length).Clear();
        for (var i = 0; i < places.Length; i++)
        {
            if (places[i] >= 0)
            {
                to[places[i]] += from[i];
            }
        }
    }

    // A place is the bits of a NaN that no value has, so that what is put in from elsewhere is none. 21 bits are left to count with.
    private const int Place = unchecked((int)0xFFE00000);

    private static int[] Found(Buffer s, Buffer r, Action<Buffer, Buffer> forward)
    {
        Buffer before = new([.. r.Dims]), after = new([.. s.Dims]);
        var numbered = (int*)before.WriteRows();
        for (var i = 0; i < before.Length; i++)
        {
            numbered[i] = Place | i;
        }

        forward(before, after);
        var moved = (int*)after.Rows();
        var found = new int[after.Length];
        for (var i = 0; i < found.Length; i++)
        {
            found[i] = (moved[i] & Place) == Place ? moved[i] & ~Place : -1;
        }

        return found;
    }

    private static void Move(Buffer x, Buffer y, int[] sources, float otherwise = 0)
    {
        float* from = x.Rows(), to = y.WriteRows();
        for (var i = 0; i < sources.Length; i++)
        {
            to[i] = sources[i] >= 0 ? from[sources[i]] : otherwise;
        }
    }

    private static int[] Transposed(int[] from, int[] to, long[] order)
    {
        var strides = Strides(from);
        return Sources(to, 0, [.. order.Select(axis => strides[axis])]);
    }

    private static int[] Sliced(int[] from, int[] to, long[] axes, long[] starts, long[] steps)
    {
        var strides = Strides(from);
        var first = axes.Select((axis, i) => (int)starts[i] * strides[axis]).Sum();
        for (var i = 0; i < steps.Length; i++)
        {
            strides[axes[i]] *= (int)steps[i];
        }

        return Sources(to, first, strides);
    }

    private static int[] Padded(int[] from, int[] to, long[] pads, string mode)
    {
        var strides = Strides(from);
        return Each(to, place =>
        {
            var source = 0;
            for (var axis = 0; axis < place.Length; axis++)
            {
                var (at, size) = (place[axis] - (int)pads[axis], from[axis]);
                if (mode == "constant" && (at < 0 || at >= size))
                {
                    return -1;
                }

                at = mode switch { "edge" => Math.Clamp(at, 0, size - 1), "wrap" => ((at % size) + size) % size, _ => at < 0 ? -at : at >= size ? (2 * (size - 1)) - at : at };
                source += at * strides[axis];
            }

            return source;
        });
    }

    private static int[] Strides(int[] size)
    {
        var strides = new int[size.Length];
        var stride = 1;
        for (var axis = size.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= size[axis];
        }

        return strides;
    }

    private static int[] Sources(int[] size, int first, int[] strides) => Each(size, place =>
    {
        var from = first;
        for (var axis = 0; axis < place.Length; axis++)
        {
            from += place[axis] * strides[axis];
        }

        return from;
    });

    // A number for each element of a shape.
    private static int[] Each(int[] size, Func<int[], int> number)
    {
        var all = new int[size.Aggregate(1, (a, b) => a * b)];
        var place = new int[size.Length];
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = number(place);
            for (var axis = size.Length - 1; axis >= 0 && ++place[axis] == size[axis]; axis--)
            {
                place[axis] = 0;
            }
        }

        return all;
    }
}
