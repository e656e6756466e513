using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>Stabilized denominators as tensors.</summary>
internal static class StabilizerOfTensors
{
    /// <summary>The stabilized denominator; the caller's to dispose.</summary>
    public static Tensor Of(this Stabilizer stabilizer, Tensor z)
    {
        using var scope = NewDisposeScope();
        var epsilon = stabilizer.NormScale
            ? z.square().mean([.. Enumerable.Range(1, (int)z.dim() - 1).Select(axis => (long)axis)], keepdim: true).sqrt().mul(stabilizer.Epsilon)
            : tensor(stabilizer.Epsilon); // stays on the host: no device is waited for
        if (!stabilizer.Signed)
        {
            return (stabilizer.Clip ? maximum(z, epsilon) : z.add(epsilon)).MoveToOuterDisposeScope();
        }

        var negative = z.lt(0);
        return (stabilizer.Clip
            ? where(negative, minimum(z, epsilon.neg()), maximum(z, epsilon))
            : where(negative, z.sub(epsilon), z.add(epsilon))).MoveToOuterDisposeScope();
    }
}
