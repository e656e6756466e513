using static TorchSharp.torch;

namespace Layerwise.Kernels;

// What stands between the convolutions of a relevance pass. stab(z) = z + ε·sign(z), with sign(0) = +1.
public static partial class Torch
{
    /// <summary>r = c ⊙ x.</summary>
    public static void Multiply(Buffer c, Buffer x, Buffer r) => r.Set(c.Value.mul(x.Value));

    /// <summary>r = c ⊙ x + d ⊙ y.</summary>
    public static void MultiplySum(Buffer c, Buffer x, Buffer d, Buffer y, Buffer r)
    {
        var sum = c.Value.mul(x.Value);
        sum.addcmul_(d.Value, y.Value, 1);
        r.Set(sum);
    }

    /// <summary>s = r / stab(z).</summary>
    public static void Divide(Buffer r, Buffer z, Buffer s, float epsilon)
    {
        using var stabilized = Stabilize(z.Value, epsilon);
        s.Set(r.Value.div(stabilized));
    }

    /// <summary>s = c ⊙ h / stab(z).</summary>
    public static void MultiplyDivide(Buffer c, Buffer h, Buffer z, Buffer s, float epsilon)
    {
        using var stabilized = Stabilize(z.Value, epsilon);
        using var r = c.Value.mul(h.Value);
        s.Set(r.div(stabilized));
    }

    /// <summary>s = c ⊙ h / (h + ε) for an h that is never negative: the Epsilon and Norm rules behind a Relu.</summary>
    public static void DivideEpsilon(Buffer c, Buffer h, Buffer s, float epsilon)
    {
        using var stabilized = h.Value.add(epsilon);
        using var r = c.Value.mul(h.Value);
        s.Set(r.div(stabilized));
    }

    private static Tensor Stabilize(Tensor z, float epsilon)
    {
        using var negative = z.lt(0);
        using var below = z.sub(epsilon);
        using var above = z.add(epsilon);
        return where(negative, below, above);
    }
}
