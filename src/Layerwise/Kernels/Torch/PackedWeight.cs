using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// A layer's weights as its kernels read them: laid out once for the way forward and once for the way back, each when it is first needed. Once they lie for
/// the way forward, the weights as they were are freed: they can be had of those.
/// </summary>
/// <param name="owner">Frees the weights.</param>
/// <param name="weight">The weights as they were; this one's from now on.</param>
/// <param name="unpack">The weights as they were, of how they lie for the way forward; <c>null</c> where they cannot be had of that, and stay.</param>
internal sealed class PackedWeight(Weights owner, Tensor weight, Func<Tensor, Tensor>? unpack)
{
    private Tensor? _plain = weight, _forward, _backward, _halvesBack;

    /// <summary>How they lie for the way forward.</summary>
    /// <param name="pack">Lays them out; the result is this one's.</param>
    public Tensor Forward(Func<Tensor, Tensor> pack) => Packed(ref _forward, pack);

    /// <summary>How they lie for the way back.</summary>
    /// <param name="pack">As forward.</param>
    public Tensor Backward(Func<Tensor, Tensor> pack) => Packed(ref _backward, pack);

    /// <summary>How they lie for the way back to an input whose sign says which half of the weights it has.</summary>
    /// <param name="pack">As forward.</param>
    public Tensor HalvesBack(Func<Tensor, Tensor> pack) => Packed(ref _halvesBack, pack);

    /// <summary>The weights as they were; the caller's to dispose.</summary>
    public Tensor Plain()
    {
        lock (owner)
        {
            return _plain?.alias() ?? unpack!(_forward!);
        }
    }

    private Tensor Packed(ref Tensor? packed, Func<Tensor, Tensor> pack)
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
                packed = Torch.Own(owner, pack(plain));
                if (unpack is not null && _forward is not null)
                {
                    _plain?.Dispose();
                    _plain = null;
                }
            }

            return packed;
        }
    }
}
