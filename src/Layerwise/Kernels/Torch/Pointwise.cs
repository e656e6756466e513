using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// A convolution of single pixels, with the channels last in memory: a matrix product, and its backward one with the transposed matrix.
/// Each is laid out once, when it is first needed. With a stride it is the product of every so many-th pixel, and nothing comes back to the others.
/// </summary>
internal sealed unsafe class Pointwise : IPackedConv
{
    private readonly int _in, _out;
    private readonly long[] _stride;
    private readonly PackedWeight _weight;

    /// <param name="owner">Frees the weights.</param>
    /// <param name="weight">[out, in, 1, 1]; this one's from now on.</param>
    /// <param name="stride">Of rows and of columns.</param>
    public Pointwise(Weights owner, Tensor weight, long[] stride)
    {
        (_in, _out, _stride) = ((int)weight.shape[1], (int)weight.shape[0], stride);
        _weight = new(owner, weight, Unpack);
    }

    /// <summary>Whether a convolution is of this kind.</summary>
    public static bool Suits(Torch.Window window, Tensor weight, long groups)
        => PixelProduct.IsSupported && groups == 1 && window.Kernel.All(k => k == 1) && window.PadBegin.All(p => p == 0)
            && PixelProduct.PackedLength(weight.shape[1], weight.shape[0]) + PixelProduct.PackedLength(weight.shape[0], weight.shape[1]) <= int.MaxValue;

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, Tensor? bias, float? ceiling)
    {
        using var seen = Seen(x);
        return Run(seen, _weight.Forward(Pack), bias, _in, _out, ceiling is null ? float.NegativeInfinity : 0, ceiling ?? float.PositiveInfinity);
    }

    /// <inheritdoc/>
    public Tensor Backward(Tensor s, long[] size)
    {
        var packed = _weight.Backward(PackTransposed);
        if (IsOfAll)
        {
            return Product(packed);
        }

        // What stays is allocated first, so that freeing the other leaves no hole below it.
        var result = ChannelsLast.Zeros(OneDnn.Shape(s)[0], _in, size[0], size[1]);
        using var seen = Seen(result);
        using var c = Product(packed);
        using var copied = seen.copy_(c);
        return result;

        Tensor Product(Tensor weights) => Run(s, weights, null, _out, _in, float.NegativeInfinity, float.PositiveInfinity);
    }

    /// <summary>W⁺x⁺ + W⁻x⁻ + b, where the layer's weight is [W⁺, W⁻]; the caller's to dispose.</summary>
    public Tensor ForwardHalves(Tensor x, Tensor? bias)
    {
        using var seen = Seen(x);
        return Run(seen, _weight.Forward(Pack), bias, _in / 2, _out, float.NegativeInfinity, float.PositiveInfinity, areHalves: true);
    }

    /// <summary>x ⊙ W⁺ᵀs where x is not negative, x ⊙ W⁻ᵀs elsewhere, of the same weights; <c>null</c> where sizes or a stride do not suit. The caller's to dispose.</summary>
    public Tensor? BackHalves(Tensor s, Tensor x)
    {
        var inputs = _in / 2;
        if (!IsOfAll || !SignedDots.Suit(inputs, _out))
        {
            return null;
        }

        using var output = ChannelsLast.Of(s);
        using var input = ChannelsLast.Of(x);
        var shape = OneDnn.Shape(x);
        var r = ChannelsLast.Empty(shape[0], inputs, shape[2], shape[3]);
        var weights = _weight.HalvesBack(PackHalves);
        SignedDots.Run((float*)OneDnn.Data(output), (float*)OneDnn.Data(input), shape[0] * shape[2] * shape[3], inputs, _out, (float*)OneDnn.Data(weights), (float*)OneDnn.Data(r));
        return r;
    }

    /// <inheritdoc/>
    public Tensor Plain() => _weight.Plain();

    private bool IsOfAll => _stride.All(step => step == 1);

    // The pixels that have an output.
    private Tensor Seen(Tensor x)
    {
        if (IsOfAll)
        {
            return x.alias();
        }

        using var rows = x.slice(2, 0, x.shape[2], _stride[0]);
        return rows.slice(3, 0, x.shape[3], _stride[1]);
    }

    private static Tensor Run(Tensor x, Tensor weights, Tensor? bias, int inputs, int outputs, float low, float high, bool areHalves = false)
    {
        using var input = ChannelsLast.Of(x);
        var shape = OneDnn.Shape(x);
        var y = ChannelsLast.Empty(shape[0], outputs, shape[2], shape[3]);
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

        return y;
    }

    private Tensor Pack(Tensor plain) => Pack(plain, _in, _out, 1, _in);

    private Tensor PackTransposed(Tensor plain) => Pack(plain, _out, _in, _in, 1);

    private Tensor PackHalves(Tensor plain)
    {
        var packed = empty([SignedDots.PackedLength(_in / 2, _out)]);
        SignedDots.Pack((float*)OneDnn.Data(plain), _in / 2, _out, (float*)OneDnn.Data(packed));
        return packed;
    }

    private static Tensor Pack(Tensor plain, int inputs, int outputs, long inputStep, long outputStep)
    {
        var packed = empty([PixelProduct.PackedLength(inputs, outputs)]);
        PixelProduct.Pack((float*)OneDnn.Data(plain), inputs, outputs, inputStep, outputStep, (float*)OneDnn.Data(packed));
        return packed;
    }

    private Tensor Unpack(Tensor packed)
    {
        var plain = empty([_out, _in, 1, 1]);
        PixelProduct.Unpack((float*)OneDnn.Data(packed), _in, _out, (float*)OneDnn.Data(plain));
        return plain;
    }
}
