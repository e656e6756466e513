namespace Layerwise.Kernels;

// Numbers along axes taken together.
public static unsafe partial class Managed
{
    /// <summary>y = Σx along the axes.</summary>
    public static void ReduceSum(Buffer x, Buffer y, ReadOnlySpan<long> axes, bool keepAxes = true)
    {
        float* from = x.Rows(), to = y.WriteRows();
        new Span<float>(to, y.Length).Clear();
        var map = y.Map ??= Reduced(x.Size, [.. axes]);
        for (var i = 0; i < map.Length; i++)
        {
            to[map[i]] += from[i];
        }
    }

    /// <summary>y = the mean along the axes.</summary>
    public static void ReduceMean(Buffer x, Buffer y, ReadOnlySpan<long> axes, bool keepAxes = true)
    {
        ReduceSum(x, y, axes, keepAxes);
        var to = y.WriteRows();
        for (var i = 0; i < y.Length; i++)
        {
            to[i] /= x.Length / y.Length;
        }
    }

    /// <summary>r = s along the axes.</summary>
    public static void ReduceSumBack(Buffer s, Buffer r, ReadOnlySpan<long> axes, Buffer like, bool keepAxes = true)
    {
        float* from = s.Rows(), to = r.WriteRows();
        var map = r.Map ??= Reduced(r.Size, [.. axes]);
        for (var i = 0; i < map.Length; i++)
        {
            to[i] = from[map[i]];
        }
    }

    /// <summary>r = s/n along the axes, of n numbers.</summary>
    public static void ReduceMeanBack(Buffer s, Buffer r, ReadOnlySpan<long> axes, Buffer like, bool keepAxes = true)
    {
        ReduceSumBack(s, r, axes, like, keepAxes);
        var to = r.WriteRows();
        for (var i = 0; i < r.Length; i++)
        {
            to[i] /= r.Length / s.Length;
        }
    }

    // For each element, where it goes when axes are taken together.
    private static int[] Reduced(int[] size, long[] axes)
    {
        var strides = Strides([.. size.Select((length, axis) => axes.Contains(axis) ? 1 : length)]);
        return Sources(size, 0, [.. strides.Select((stride, axis) => axes.Contains(axis) ? 0 : stride)]);
    }
}
