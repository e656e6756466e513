using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// A two-dimensional convolution and its backward towards the input, on oneDNN: weights packed once for the first size that is met, activations with
/// their channels last in memory. The backward of a stride of 1 is a convolution with the kernel turned around; of others a transposed one. Products are of
/// the weights' type, float32 or bfloat16.
/// </summary>
/// <param name="owner">Frees the weights.</param>
/// <param name="weight">[out, in/groups, h, w]; this one's from now on.</param>
/// <param name="window">Stride, padding, dilation.</param>
/// <param name="groups">Groups of channels.</param>
internal sealed class PackedConv(Weights owner, Tensor weight, (long[] Stride, long[] Pad, long[] Dilation) window, long groups) : IPackedConv
{
    private readonly long[] _kernel = weight.shape[2..];
    private readonly bool _isNarrow = weight.dtype == ScalarType.BFloat16;

    // Those of groups are packed in a form of more axes.
    private readonly PackedWeight _weight = new(owner, weight, groups == 1 ? packed => packed.to_dense() : null);

    private bool IsPlain => window.Stride.All(s => s == 1) && Turned.Pad.All(p => p >= 0);

    private (long[] Stride, long[] Pad, long[] Dilation) Turned
        => (window.Stride, [.. window.Pad.Select((pad, axis) => (window.Dilation[axis] * (_kernel[axis] - 1)) - pad)], window.Dilation);

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, Tensor? bias, float? ceiling)
    {
        using var input = Given(x);
        using var narrow = _isNarrow ? bias?.to(ScalarType.BFloat16) : null;
        var packed = _weight.Forward(plain => OneDnn.Pack(plain, window, groups, input.shape));
        return Result(OneDnn.Convolve(input, packed, narrow ?? bias, window, groups, ceiling));
    }

    /// <inheritdoc/>
    public Tensor Backward(Tensor s, long[] size)
    {
        using var output = Given(s);
        if (IsPlain)
        {
            var packed = _weight.Backward(plain =>
            {
                using var turned = Turn(plain);
                return OneDnn.Pack(turned, Turned, groups, output.shape);
            });
            return Result(OneDnn.Convolve(output, packed, null, Turned, groups, ceiling: null));
        }

        var outputs = s.shape;
        long[] rest = [.. size.Select((length, axis) => length - (((outputs[axis + 2] - 1) * window.Stride[axis]) - (2 * window.Pad[axis]) + (window.Dilation[axis] * (_kernel[axis] - 1)) + 1))];
        var transposed = _weight.Backward(plain => OneDnn.Pack(plain, window, groups, output.shape, rest));
        return Result(OneDnn.Transpose(output, transposed, window, rest, groups));
    }

    /// <inheritdoc/>
    public Tensor Plain()
    {
        using var plain = _weight.Plain();
        return _isNarrow ? plain.to(ScalarType.Float32) : plain.alias();
    }

    private Tensor Given(Tensor x) => _isNarrow ? BFloat16Tensors.Of(x) : ChannelsLast.Of(x);

    private Tensor Result(Tensor y) => _isNarrow ? BFloat16Tensors.Widen(y) : y;

    // The kernel turned around, its inputs for its outputs.
    private Tensor Turn(Tensor plain)
    {
        using var scope = NewDisposeScope();
        var shape = plain.shape;
        var flipped = plain.flip(2, 3).reshape([groups, shape[0] / groups, .. shape[1..]]).transpose(1, 2);
        return flipped.reshape([groups * shape[1], shape[0] / groups, .. shape[2..]]).contiguous().MoveToOuterDisposeScope();
    }
}
