using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// A convolution of single pixels, with the channels last in memory: a matrix product, and its backward one with the transposed matrix.
/// Each is laid out once, when it is first needed. With a stride it is the product of every so many-th pixel, and nothing comes back to the others.
/// </summary>
/// <param name="owner">Frees the weights.</param>
/// <param name="weight">[out, in, 1, 1]; this one's from now on.</param>
/// <param name="stride">Of rows and of columns.</param>
internal sealed unsafe class Pointwise(Weights owner, Tensor weight, long[] stride) : IPackedConv
{
    private readonly int _in = (int)weight.shape[1], _out = (int)weight.shape[0];
    private Tensor? _plain = weight, _forward, _backward;

    /// <summary>Whether a convolution is of this kind.</summary>
    public static bool Suits(Torch.Window window, Tensor weight, long groups)
        => PixelProduct.IsSupported && groups == 1 && window.Kernel.All(k => k == 1) && window.PadBegin.All(p => p == 0)
            && PixelProduct.PackedLength(weight.shape[1], weight.shape[0]) + PixelProduct.PackedLength(weight.shape[0], weight.shape[1]) <= int.MaxValue;

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, Tensor? bias, float? ceiling)
    {
        using var seen = Seen(x);
        return Run(seen, Packed(ref _forward, isBackward: false), bias, _in, _out, ceiling is null ? float.NegativeInfinity : 0, ceiling ?? float.PositiveInfinity);
    }

    /// <inheritdoc/>
    public Tensor Backward(Tensor s, long[] size)
    {
        var packed = Packed(ref _backward, isBackward: true);
        if (IsOfAll)
        {
            return Product(packed);
        }

        // What stays is allocated first, so that freeing the other leaves no hole below it.
        using var all = zeros([s.shape[0], size[0], size[1], _in]);
        var result = all.permute(0, 3, 1, 2);
        using var seen = Seen(result);
        using var c = Product(packed);
        seen.copy_(c);
        return result;

        Tensor Product(Tensor weights) => Run(s, weights, null, _out, _in, float.NegativeInfinity, float.PositiveInfinity);
    }

    /// <summary>W⁺x⁺ + W⁻x⁻ + b, where the layer's weight is [W⁺, W⁻]; the caller's to dispose.</summary>
    public Tensor ForwardHalves(Tensor x, Tensor? bias)
    {
        using var seen = Seen(x);
        return Run(seen, Packed(ref _forward, isBackward: false), bias, _in / 2, _out, float.NegativeInfinity, float.PositiveInfinity, areHalves: true);
    }

    /// <inheritdoc/>
    public Tensor Plain()
    {
        lock (owner)
        {
            if (_plain is { } there)
            {
                return there.alias();
            }

            var plain = empty([_out, _in, 1, 1]);
            PixelProduct.Unpack((float*)OneDnn.Data(_forward!), _in, _out, (float*)OneDnn.Data(plain));
            return plain;
        }
    }

    private bool IsOfAll => stride.All(step => step == 1);

    // The pixels that have an output.
    private Tensor Seen(Tensor x)
    {
        if (IsOfAll)
        {
            return x.alias();
        }

        using var rows = x.slice(2, 0, x.shape[2], stride[0]);
        return rows.slice(3, 0, x.shape[3], stride[1]);
    }

    private static Tensor Run(Tensor x, Tensor weights, Tensor? bias, int inputs, int outputs, float low, float high, bool areHalves = false)
    {
        using var input = PackedConv.ChannelsLast(x);
        var shape = x.shape;
        using var y = empty([shape[0], shape[2], shape[3], outputs]);
        float* from = (float*)OneDnn.Data(input), matrix = (float*)OneDnn.Data(weights), shift = bias is null ? null : (float*)OneDnn.Data(bias), to = (float*)OneDnn.Data(y);
        var rows = shape[0] * shape[2] * shape[3];
        if (areHalves)
        {
            PixelProduct.RunHalves(from, rows, inputs, matrix, shift, to, outputs);
        }
        else
        {
            PixelProduct.Run(from, rows, inputs, matrix, shift, to, outputs, low, high);
        }

        return y.permute(0, 3, 1, 2);
    }

    private Tensor Packed(ref Tensor? packed, bool isBackward)
    {
        if (packed is { } there)
        {
            return there;
        }

        lock (owner)
        {
            if (packed is null)
            {
                using var off = no_grad();
                using var plain = Plain();
                var (inputs, outputs) = isBackward ? (_out, _in) : (_in, _out);
                var laidOut = empty([PixelProduct.PackedLength(inputs, outputs)]);
                PixelProduct.Pack((float*)OneDnn.Data(plain), inputs, outputs, isBackward ? _in : 1, isBackward ? 1 : _in, (float*)OneDnn.Data(laidOut));
                packed = Torch.Own(owner, laidOut);
                if (_forward is not null)
                {
                    _plain?.Dispose();
                    _plain = null;
                }
            }

            return packed;
        }
    }
}
