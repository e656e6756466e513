using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>The Flat rule of a two-dimensional convolution: all weights are 1, so that a window's sum of relevance is shared out one axis after the other.</summary>
internal static unsafe class FlatShares
{
    /// <summary>r = 1ᵀ(Σ R / stab(n)), where a window sees n inputs.</summary>
    /// <param name="window">Stride, padding, dilation.</param>
    /// <param name="relevance">[N, out, rows, columns].</param>
    /// <param name="groups">Groups of channels.</param>
    /// <param name="channels">Of the input.</param>
    /// <param name="size">The input's spatial sizes.</param>
    /// <param name="epsilon">Of the stabilizer.</param>
    public static Tensor Of(Torch.Window window, Tensor relevance, long groups, long channels, long[] size, float epsilon)
    {
        using var output = ChannelsLast.Of(relevance);
        var shape = OneDnn.Shape(relevance);
        var (samples, inGroup, rows, columns) = (shape[0], (int)(shape[1] / groups), shape[2], shape[3]);
        var (seenRows, seenColumns) = (Seen(window, 0, rows, size[0]), Seen(window, 1, columns, size[1]));
        var result = empty([samples, channels, size[0], size[1]]);
        float* from = (float*)OneDnn.Data(output), to = (float*)OneDnn.Data(result);
        Fused.Spread(samples * groups, inGroup * rows * columns, part =>
        {
            var (sample, group) = Math.DivRem(part, groups);
            var spread = ArrayPool<float>.Shared.Rent((int)(rows * size[1]));
            spread.AsSpan().Clear();
            for (var row = 0L; row < rows; row++)
            {
                for (var column = 0L; column < columns; column++)
                {
                    var sum = Sum(from + ((((((sample * rows) + row) * columns) + column) * groups) + group) * inGroup, inGroup);
                    var share = sum / ((seenRows[row] * seenColumns[column] * (float)(channels / groups)) + epsilon);
                    for (var j = 0L; j < window.Kernel[1]; j++)
                    {
                        var x = (column * window.Stride[1]) + (j * window.Dilation[1]) - window.PadBegin[1];
                        if (x >= 0 && x < size[1])
                        {
                            spread[(row * size[1]) + x] += share;
                        }
                    }
                }
            }

            var plane = new Span<float>(to + (((sample * channels) + (group * (channels / groups))) * size[0] * size[1]), (int)(size[0] * size[1]));
            plane.Clear();
            for (var row = 0L; row < rows; row++)
            {
                for (var i = 0L; i < window.Kernel[0]; i++)
                {
                    var y = (row * window.Stride[0]) + (i * window.Dilation[0]) - window.PadBegin[0];
                    if (y >= 0 && y < size[0])
                    {
                        Add(spread.AsSpan((int)(row * size[1]), (int)size[1]), plane.Slice((int)(y * size[1]), (int)size[1]));
                    }
                }
            }

            // All channels of a group share alike.
            for (var channel = 1; channel < channels / groups; channel++)
            {
                plane.CopyTo(new Span<float>(to + (((sample * channels) + (group * (channels / groups)) + channel) * size[0] * size[1]), plane.Length));
            }

            ArrayPool<float>.Shared.Return(spread);
        });
        return result;
    }

    /// <summary>How many of each window's elements along an axis are no padding.</summary>
    private static long[] Seen(Torch.Window window, int axis, long windows, long length)
        => [.. Enumerable.Range(0, (int)windows).Select(at => Enumerable.Range(0, (int)window.Kernel[axis])
            .LongCount(i => (at * window.Stride[axis]) + (i * window.Dilation[axis]) - window.PadBegin[axis] is var x && x >= 0 && x < length))];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sum(float* values, int count)
    {
        var sum = Vector<float>.Zero;
        var i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            sum += Vector.Load(values + i);
        }

        var rest = 0f;
        for (; i < count; i++)
        {
            rest += values[i];
        }

        return Vector.Sum(sum) + rest;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(ReadOnlySpan<float> values, Span<float> to)
    {
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(values[i..]) + new Vector<float>(to[i..])).CopyTo(to[i..]);
        }

        for (; i < values.Length; i++)
        {
            to[i] += values[i];
        }
    }
}
