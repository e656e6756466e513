using System.Numerics;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>The halves of an input side by side along its channels, with the channels last in memory: pixel by pixel max(0, x), then min(0, x).</summary>
internal static unsafe class ChannelHalves
{
    /// <summary>What the layer makes of the halves; <c>null</c> where the layer or the input is none of this kind.</summary>
    public static Tensor? Linear(Torch.LinearLayer layer, Tensor x)
    {
        if (!Suits(layer, x))
        {
            return null;
        }

        if (layer is Torch.Conv conv && conv.Packed(OneDnn.Shape(x)) is Pointwise product && (layer.Bias is not { } bias || bias.dim() == 1))
        {
            return product.ForwardHalves(x, layer.Bias);
        }

        using var halves = Of(x);
        return layer.Apply(halves, layer.Bias);
    }

    // [N, 2C, H, W].
    private static Tensor Of(Tensor x)
    {
        using var input = ChannelsLast.Of(x);
        var shape = x.shape;
        var channels = (int)shape[1];
        var halves = ChannelsLast.Empty(shape[0], 2 * channels, shape[2], shape[3]);
        float* from = (float*)OneDnn.Data(input), to = (float*)OneDnn.Data(halves);
        Fused.Spread(shape[0] * shape[2], shape[3] * channels, row =>
        {
            for (var pixel = row * shape[3]; pixel < (row + 1) * shape[3]; pixel++)
            {
                Halve(from + (pixel * channels), to + (2 * pixel * channels), channels);
            }
        });
        return halves;
    }

    /// <summary>x⁺ ⊙ c⁺ + x⁻ ⊙ c⁻ with what comes back to the halves; <c>null</c> as above.</summary>
    public static Tensor? Back(Torch.LinearLayer layer, Tensor s, Tensor x)
    {
        if (!Suits(layer, x))
        {
            return null;
        }

        if (layer is Torch.Conv conv && conv.Packed(OneDnn.Shape(x)) is Pointwise product && product.BackHalves(s, x) is { } result)
        {
            return result;
        }

        var shape = OneDnn.Shape(x);
        var (samples, channels, rows, columns) = (shape[0], (int)shape[1], shape[2], shape[3]);
        using var back = layer.ApplyTransposed(s, [samples, 2 * channels, rows, columns]);
        using var factors = ChannelsLast.Of(back);
        using var input = ChannelsLast.Of(x);
        var relevance = ChannelsLast.Empty(samples, channels, rows, columns);
        float* from = (float*)OneDnn.Data(input), c = (float*)OneDnn.Data(factors), to = (float*)OneDnn.Data(relevance);
        Fused.Spread(samples * rows, columns * channels, row =>
        {
            for (var pixel = row * columns; pixel < (row + 1) * columns; pixel++)
            {
                Choose(from + (pixel * channels), c + (2 * pixel * channels), to + (pixel * channels), channels);
            }
        });
        return relevance;
    }

    private static bool Suits(Torch.LinearLayer layer, Tensor x) => layer is Torch.Conv { CanPack: true, Groups: 1 } && OneDnn.Suits(x);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Halve(float* x, float* to, int channels)
    {
        var i = 0;
        for (; i <= channels - Vector<float>.Count; i += Vector<float>.Count)
        {
            var value = Vector.Load(x + i);
            var isNegative = Vector.LessThan(value, Vector<float>.Zero);
            Vector.ConditionalSelect(isNegative, Vector<float>.Zero, value).Store(to + i);
            Vector.ConditionalSelect(Vector.GreaterThan(value, Vector<float>.Zero), Vector<float>.Zero, value).Store(to + channels + i);
        }

        for (; i < channels; i++)
        {
            to[i] = x[i] < 0 ? 0 : x[i];
            to[channels + i] = x[i] > 0 ? 0 : x[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Choose(float* x, float* factors, float* to, int channels)
    {
        var i = 0;
        for (; i <= channels - Vector<float>.Count; i += Vector<float>.Count)
        {
            var value = Vector.Load(x + i);
            var factor = Vector.ConditionalSelect(Vector.LessThan(value, Vector<float>.Zero), Vector.Load(factors + channels + i), Vector.Load(factors + i));
            (value * factor).Store(to + i);
        }

        for (; i < channels; i++)
        {
            to[i] = x[i] * (x[i] < 0 ? factors[channels + i] : factors[i]);
        }
    }
}
