using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>A two-dimensional convolution whose weights lie as its kernels read them; activations have their channels last in memory.</summary>
internal interface IPackedConv
{
    /// <summary>Wx + b, or with a ceiling min(max(0, Wx + b), ceiling); the caller's to dispose.</summary>
    Tensor Forward(Tensor x, Tensor? bias, float? ceiling);

    /// <summary>Wᵀs for an input of a size; the caller's to dispose.</summary>
    Tensor Backward(Tensor s, long[] size);

    /// <summary>The weights as they were, or as they were rounded; the caller's to dispose.</summary>
    Tensor Plain();
}
