using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>y = max(0, x).</summary>
    public static void Relu(Buffer x, Buffer y) => y.Set(x.Value.relu());

    /// <summary>x = s where y is above 0.</summary>
    public static void ReluBack(Buffer s, Buffer y, Buffer x)
    {
        using var mask = y.Value.gt(0);
        x.Set(s.Value.mul(mask));
    }

    /// <summary>x = s where both y and s are above 0.</summary>
    public static void ReluGuidedBack(Buffer s, Buffer y, Buffer x)
    {
        using var mask = y.Value.gt(0);
        using var positive = s.Value.clamp_min(0);
        x.Set(positive.mul(mask));
    }

    /// <summary>max(0, x).</summary>
    public static void Positive(Buffer x, Buffer y) => y.Set(x.Value.clamp_min(0));

    /// <summary>y = Σ terms, with numpy's broadcasting.</summary>
    /// <param name="terms">The terms.</param>
    /// <param name="y">y.</param>
    /// <param name="over">A term that is not read after this, whose memory y may take.</param>
    public static void Sum(ReadOnlySpan<Buffer> terms, Buffer y, Buffer? over = null)
    {
        if (!(terms.Length == 2 && Fused.Set<Fused.Sum>(y, terms[0], terms[1], over)) && !(terms.Length == 3 && Fused.Set<Fused.SumOfThree>(y, terms[0], terms[1], terms[2], 0, over: over)))
        {
            var sum = terms[0].Value.alias();
            for (var i = 1; i < terms.Length; i++)
            {
                using var before = sum;
                sum = before.add(terms[i].Value);
            }

            y.Set(sum);
        }

        Free(over is null ? [] : [over]);
    }

    /// <summary>y = max(0, Σ terms).</summary>
    /// <param name="terms">The terms.</param>
    /// <param name="y">y.</param>
    /// <param name="over">A term that is not read after this, whose memory y may take.</param>
    public static void SumRelu(ReadOnlySpan<Buffer> terms, Buffer y, Buffer? over = null)
    {
        if (terms.Length == 2 && Fused.Set<Fused.SumRelu>(y, terms[0], terms[1], over))
        {
            Free(over is null ? [] : [over]);
            return;
        }

        Sum(terms, y, over);
        y.Set(y.Value.relu());
    }

    /// <summary>A term of a sum of two again, y − other, where it was freed: behind a Relu, where that lets something through.</summary>
    public static void Recover(Buffer y, Buffer other, Buffer term)
    {
        if (term.IsEmpty && !Fused.Set<Fused.Difference>(term, y, other))
        {
            term.Set(y.Value.sub(other.Value));
        }
    }

    /// <summary>x = s summed over the axes along which x was broadcast.</summary>
    public static void SumTo(Buffer s, Buffer x, Buffer? like = null) => x.Set(SumTo(s.Value, like?.Shape ?? [.. x.Dims]));

    // Only an axis of size 1 is broadcast; a batch or an open size in the shape is none.
    private static Tensor SumTo(Tensor s, long[] shape)
    {
        using var scope = NewDisposeScope();
        var sum = s.alias();
        while (sum.dim() > shape.Length)
        {
            sum = sum.sum(0);
        }

        for (var axis = 0; axis < shape.Length; axis++)
        {
            if (shape[axis] == 1 && sum.shape[axis] != 1)
            {
                sum = sum.sum(axis, keepdim: true);
            }
        }

        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>y = mean of x over its spatial axes.</summary>
    public static void GlobalAveragePool(Buffer x, Buffer y) => y.Set(OneDnn.Suits(x.Value) ? PixelMean.Of(x.Value) : x.Value.mean(SpatialAxes(x), keepdim: true));

    /// <summary>x = s, shared out evenly over the spatial axes.</summary>
    public static void GlobalAveragePoolBack(Buffer s, Buffer x, Buffer? like = null)
    {
        long[] shape = like is null ? [.. s.Value.shape[..2], .. x.Dims.Skip(2)] : like.Shape;
        using var share = s.Value.div(shape[2..].Aggregate(1L, (a, b) => a * b));
        using var spread = share.expand(shape);
        x.Set(OneDnn.Suits(spread) ? ChannelsLast.Of(spread) : spread.contiguous());
    }

    /// <summary>y = eˣ/Σeˣ along an axis.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="toEnd">Whether the sum goes over all axes from there on.</param>
    public static void Softmax(Buffer x, Buffer y, int axis, bool toEnd = false)
    {
        using var flat = toEnd ? x.Value.flatten(axis) : x.Value.alias();
        using var result = flat.softmax(axis);
        y.Set(result.reshape(x.Value.shape));
    }

    /// <summary>y = x − ln Σeˣ along an axis.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="toEnd">Whether the sum goes over all axes from there on.</param>
    public static void LogSoftmax(Buffer x, Buffer y, int axis, bool toEnd = false)
    {
        using var flat = toEnd ? x.Value.flatten(axis) : x.Value.alias();
        using var result = nn.functional.log_softmax(flat, axis);
        y.Set(result.reshape(x.Value.shape));
    }

    /// <summary>x = y ⊙ (s − Σ y·s): the transposed derivative.</summary>
    /// <param name="s">s.</param>
    /// <param name="y">y.</param>
    /// <param name="x">x.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="toEnd">Whether the sum goes over all axes from there on.</param>
    public static void SoftmaxBack(Buffer s, Buffer y, Buffer x, int axis, bool toEnd = false)
    {
        using var weighted = s.Value.mul(y.Value);
        using var total = weighted.sum([.. Enumerable.Range(axis, toEnd ? y.Dims.Count - axis : 1).Select(a => (long)a)], keepdim: true);
        using var difference = s.Value.sub(total);
        x.Set(difference.mul(y.Value));
    }

    private static long[] SpatialAxes(Buffer x) => [.. Enumerable.Range(2, x.Dims.Count - 2).Select(axis => (long)axis)];
}
