using static TorchSharp.torch;

namespace Layerwise.Kernels;

// What stands between the convolutions of a relevance pass. stab(z) = z + ε·sign(z), with sign(0) = +1.
public static partial class Torch
{
    /// <summary>r = c ⊙ x.</summary>
    public static void Multiply(Buffer c, Buffer x, Buffer r) => r.Set(c.Value.mul(x.Value));

    /// <summary>s = r / stab(z).</summary>
    public static void Divide(Buffer r, Buffer z, Buffer s, Stabilizer epsilon)
    {
        if (Fused.Set<Fused.Quotient>(s, r, z, z, epsilon))
        {
            return;
        }

        using var stabilized = epsilon.Of(z.Value);
        s.Set(r.Value.div(stabilized));
    }

    /// <summary>s = c ⊙ h / stab(z).</summary>
    public static void MultiplyDivide(Buffer c, Buffer h, Buffer z, Buffer s, Stabilizer epsilon)
    {
        if (Fused.Set<Fused.ProductQuotient>(s, c, h, z, epsilon))
        {
            return;
        }

        using var stabilized = epsilon.Of(z.Value);
        using var r = c.Value.mul(h.Value);
        s.Set(r.div(stabilized));
    }

    /// <summary>s = c ⊙ h / (h + ε) for an h that is never negative: the Epsilon and Norm rules behind a Relu.</summary>
    public static void DivideEpsilon(Buffer c, Buffer h, Buffer s, Stabilizer epsilon)
    {
        if (Fused.Set<Fused.ProductQuotient>(s, c, h, h, epsilon))
        {
            return;
        }

        using var stabilized = epsilon.Unsigned.Of(h.Value);
        using var r = c.Value.mul(h.Value);
        s.Set(r.div(stabilized));
    }

    /// <summary>s = r / stab(d) where z is above 0, and 0 elsewhere.</summary>
    public static void DivideWherePositive(Buffer r, Buffer z, Buffer d, Buffer s, Stabilizer epsilon)
    {
        if (Fused.Set<Fused.QuotientWherePositive>(s, r, z, d, epsilon))
        {
            return;
        }

        using var mask = z.Value.gt(0);
        DivideWhere(r, mask, d, s, epsilon);
    }

    /// <summary>s = r / stab(d) where z is below 0, and 0 elsewhere.</summary>
    public static void DivideWhereNegative(Buffer r, Buffer z, Buffer d, Buffer s, Stabilizer epsilon)
    {
        if (Fused.Set<Fused.QuotientWhereNegative>(s, r, z, d, epsilon))
        {
            return;
        }

        using var mask = z.Value.lt(0);
        DivideWhere(r, mask, d, s, epsilon);
    }

    private static void DivideWhere(Buffer r, Tensor mask, Buffer d, Buffer s, Stabilizer epsilon)
    {
        using var stabilized = epsilon.Of(d.Value);
        using var quotient = r.Value.div(stabilized);
        s.Set(quotient.mul(mask));
    }

    /// <summary>r = α·plus − β·minus.</summary>
    public static void WeighedDifference(Buffer plus, Buffer minus, Buffer r, float alpha, float beta)
    {
        using var weighed = plus.Value.mul(alpha);
        r.Set(weighed.add(minus.Value, -beta));
    }
}
