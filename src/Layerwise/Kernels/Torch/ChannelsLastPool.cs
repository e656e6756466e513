using System.Numerics;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// Max-pooling of two spatial axes with the channels last in memory, a vector of channels at a time. Of each maximum it keeps which of its
/// window's elements it is, in a byte: libtorch keeps its place in eight.
/// </summary>
internal static unsafe class ChannelsLastPool
{
    private const int Block = 4; // vectors whose indices narrow to one vector of bytes

    /// <summary>Whether a tensor can be pooled here.</summary>
    public static bool Suits(Torch.Window window, Tensor x)
        => window.Axes == 2 && window.Kernel[0] * window.Kernel[1] <= sbyte.MaxValue && OneDnn.Suits(x);

    /// <summary>The maxima and which elements they are, on ties the first.</summary>
    public static (Tensor Maxima, Tensor Places) Forward(Torch.Window window, Tensor x)
    {
        using var input = ChannelsLast.Of(x);
        var (shape, size) = (x.shape, window.OutputSize(x.shape.AsSpan(2)));
        var (samples, channels) = (shape[0], (int)shape[1]);
        var y = ChannelsLast.Empty(samples, channels, size[0], size[1]);
        var at = ChannelsLast.Empty(samples, channels, size[0], size[1], ScalarType.Byte);
        float* from = (float*)OneDnn.Data(input), to = (float*)OneDnn.Data(y);
        var places = (sbyte*)OneDnn.Data(at);
        var (rows, inRow, inImage) = (size[0], shape[3] * channels, shape[2] * shape[3] * channels);
        Fused.Spread(samples * rows, size[1] * channels, row =>
        {
            var image = from + (row / rows * inImage);
            for (var column = 0L; column < size[1]; column++)
            {
                var pixel = ((row * size[1]) + column) * channels;
                Pool(image, Elements.Of(window, row % rows, column, shape[2], shape[3]), inRow, channels, to + pixel, places + pixel);
            }
        });
        return (y, at);
    }

    /// <summary>Each value of s where its maximum stood; what several windows share adds up.</summary>
    public static Tensor Back(Torch.Window window, Tensor s, Tensor at, long[] size)
    {
        using var output = ChannelsLast.Of(s);
        var shape = s.shape;
        var (samples, channels, rows, columns) = (shape[0], (int)shape[1], shape[2], shape[3]);

        // Windows that lie side by side write every element once.
        var covers = Enumerable.Range(0, 2).All(axis => window.Stride[axis] == window.Kernel[axis] && window.Dilation[axis] == 1 && window.PadBegin[axis] == 0 && shape[axis + 2] * window.Stride[axis] == size[axis]);
        var x = covers ? ChannelsLast.Empty(samples, channels, size[0], size[1]) : ChannelsLast.Zeros(samples, channels, size[0], size[1]);
        float* from = (float*)OneDnn.Data(output), to = (float*)OneDnn.Data(x);
        var places = (sbyte*)OneDnn.Data(at);
        var (inRow, inImage) = (size[1] * channels, size[0] * size[1] * channels);

        // A thread has images, or rows of windows that lie side by side: no two write to one place.
        Fused.Spread(covers ? samples * rows : samples, (covers ? 1 : rows) * columns * channels, part =>
        {
            var (first, end) = covers ? (part, part + 1) : (part * rows, (part + 1) * rows);
            for (var row = first; row < end; row++)
            {
                var image = to + (row / rows * inImage);
                for (var column = 0L; column < columns; column++)
                {
                    var pixel = ((row * columns) + column) * channels;
                    Unpool(image, Elements.Of(window, row % rows, column, size[0], size[1]), inRow, channels, from + pixel, places + pixel, covers);
                }
            }
        });
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pool(float* image, Elements window, long inRow, int channels, float* to, sbyte* places)
    {
        var (lanes, channel) = (Vector<float>.Count, 0);
        for (; channel <= channels - (Block * lanes); channel += Block * lanes)
        {
            var lowest = new Vector<float>(float.NegativeInfinity);
            var (m0, m1, m2, m3) = (lowest, lowest, lowest, lowest);
            var first = new Vector<int>(window.First);
            var (i0, i1, i2, i3) = (first, first, first, first);
            for (var i = window.RowFirst; i < window.RowEnd; i++)
            {
                for (var j = window.ColumnFirst; j < window.ColumnEnd; j++)
                {
                    var x = image + window.At(i, j, inRow, channels) + channel;
                    var place = new Vector<int>((i * window.Width) + j);
                    Larger(Vector.Load(x), place, ref m0, ref i0);
                    Larger(Vector.Load(x + lanes), place, ref m1, ref i1);
                    Larger(Vector.Load(x + (2 * lanes)), place, ref m2, ref i2);
                    Larger(Vector.Load(x + (3 * lanes)), place, ref m3, ref i3);
                }
            }

            m0.Store(to + channel);
            m1.Store(to + channel + lanes);
            m2.Store(to + channel + (2 * lanes));
            m3.Store(to + channel + (3 * lanes));
            Vector.Narrow(Vector.Narrow(i0, i1), Vector.Narrow(i2, i3)).Store(places + channel);
        }

        for (; channel < channels; channel++)
        {
            var (maximum, at) = (float.NegativeInfinity, window.First);
            for (var i = window.RowFirst; i < window.RowEnd; i++)
            {
                for (var j = window.ColumnFirst; j < window.ColumnEnd; j++)
                {
                    var x = image[window.At(i, j, inRow, channels) + channel];
                    if (x > maximum || float.IsNaN(x))
                    {
                        (maximum, at) = (x, (i * window.Width) + j);
                    }
                }
            }

            to[channel] = maximum;
            places[channel] = (sbyte)at;
        }
    }

    // NaN is larger than all.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Larger(Vector<float> x, Vector<int> place, ref Vector<float> maximum, ref Vector<int> at)
    {
        var larger = Vector.GreaterThan(x, maximum) | ~Vector.Equals(x, x);
        maximum = Vector.ConditionalSelect(larger, x, maximum);
        at = Vector.ConditionalSelect(larger, place, at);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unpool(float* image, Elements window, long inRow, int channels, float* from, sbyte* places, bool covers)
    {
        var (lanes, channel) = (Vector<float>.Count, 0);
        for (; channel <= channels - (Block * lanes); channel += Block * lanes)
        {
            Vector.Widen(Vector.Load(places + channel), out var low, out var high);
            Vector.Widen(low, out var i0, out var i1);
            Vector.Widen(high, out var i2, out var i3);
            var (s0, s1, s2, s3) = (Vector.Load(from + channel), Vector.Load(from + channel + lanes), Vector.Load(from + channel + (2 * lanes)), Vector.Load(from + channel + (3 * lanes)));
            for (var i = window.RowFirst; i < window.RowEnd; i++)
            {
                for (var j = window.ColumnFirst; j < window.ColumnEnd; j++)
                {
                    var x = image + window.At(i, j, inRow, channels) + channel;
                    var place = new Vector<int>((i * window.Width) + j);
                    Put(x, s0, i0, place, covers);
                    Put(x + lanes, s1, i1, place, covers);
                    Put(x + (2 * lanes), s2, i2, place, covers);
                    Put(x + (3 * lanes), s3, i3, place, covers);
                }
            }
        }

        for (; channel < channels; channel++)
        {
            for (var i = window.RowFirst; i < window.RowEnd; i++)
            {
                for (var j = window.ColumnFirst; j < window.ColumnEnd; j++)
                {
                    var x = image + window.At(i, j, inRow, channels) + channel;
                    var own = places[channel] == (i * window.Width) + j ? from[channel] : 0;
                    *x = covers ? own : *x + own;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* x, Vector<float> s, Vector<int> at, Vector<int> place, bool covers)
    {
        var own = Vector.ConditionalSelect(Vector.Equals(at, place), s, Vector<float>.Zero);
        (covers ? own : Vector.Load(x) + own).Store(x);
    }

    /// <summary>Those elements of one window that lie in the input, and where: the rest is padding.</summary>
    private readonly record struct Elements(int RowFirst, int RowEnd, int ColumnFirst, int ColumnEnd, int Width, long Row, long Column, int RowStep, int ColumnStep)
    {
        public int First => (RowFirst * Width) + ColumnFirst;

        public static Elements Of(Torch.Window window, long row, long column, long height, long width)
        {
            var (top, left) = ((row * window.Stride[0]) - window.PadBegin[0], (column * window.Stride[1]) - window.PadBegin[1]);
            var (rows, columns) = (Inside(window, 0, top, height), Inside(window, 1, left, width));
            return new Elements(rows.First, rows.End, columns.First, columns.End, (int)window.Kernel[1], top, left, (int)window.Dilation[0], (int)window.Dilation[1]);
        }

        public long At(int i, int j, long inRow, int channels) => ((Row + (i * RowStep)) * inRow) + ((Column + (j * ColumnStep)) * channels);

        private static (int First, int End) Inside(Torch.Window window, int axis, long start, long length)
        {
            var step = window.Dilation[axis];
            return ((int)(start >= 0 ? 0 : (-start + step - 1) / step), (int)Math.Min(window.Kernel[axis], (length - start + step - 1) / step));
        }
    }
}
