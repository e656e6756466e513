using System.Numerics;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>The mean of an image's pixels, with the channels last in memory.</summary>
internal static unsafe class PixelMean
{
    /// <summary>[N, C, 1, 1]; the caller's to dispose.</summary>
    public static Tensor Of(Tensor x)
    {
        using var input = ChannelsLast.Of(x);
        var shape = OneDnn.Shape(x);
        var (samples, channels, rows, columns) = (shape[0], (int)shape[1], shape[2], shape[3]);
        var result = ChannelsLast.Empty(samples, channels, 1, 1);
        float* from = (float*)OneDnn.Data(input), to = (float*)OneDnn.Data(result);
        Fused.Spread(samples, rows * columns * channels, sample => Mean(from + (sample * rows * columns * channels), rows, columns, channels, to + (sample * channels)));
        return result;
    }

    // A row's pixels, then the rows: a sum of few terms loses little.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mean(float* x, long rows, long columns, int channels, float* to)
    {
        var count = new Vector<float>(rows * columns);
        var channel = 0;
        for (; channel <= channels - Vector<float>.Count; channel += Vector<float>.Count)
        {
            var total = Vector<float>.Zero;
            var pixel = x + channel;
            for (var row = 0L; row < rows; row++)
            {
                var sum = Vector<float>.Zero;
                for (var column = 0L; column < columns; column++)
                {
                    sum += Vector.Load(pixel);
                    pixel += channels;
                }

                total += sum;
            }

            (total / count).Store(to + channel);
        }

        for (; channel < channels; channel++)
        {
            var total = 0f;
            var pixel = x + channel;
            for (var row = 0L; row < rows; row++)
            {
                var sum = 0f;
                for (var column = 0L; column < columns; column++)
                {
                    sum += *pixel;
                    pixel += channels;
                }

                total += sum;
            }

            to[channel] = total / (rows * columns);
        }
    }
}
