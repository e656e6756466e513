using static TorchSharp.torch;

namespace Layerwise;

/// <summary>A weight that was computed of others, at load.</summary>
internal sealed class Held(Weights source, Tensor value) : Weight(source, value.shape)
{
    public override void CopyTo(Span<float> destination)
    {
        Check(destination);
        using var moved = value.to(ScalarType.Float32, CPU);
        using var host = moved.contiguous();
        Runtime.TensorMemory.Span(host).CopyTo(destination);
    }
}
