using static TorchSharp.torch;

namespace Layerwise.Kernels;

// What stands between the convolutions of a relevance pass. stab(z) = z + ε·sign(z), with sign(0) = +1.
public static partial class Torch
{
    /// <summary>r = c ⊙ x.</summary>
    public static void Multiply(Buffer c, Buffer x, Buffer r)
    {
        if (!Fused.Set<Fused.Product>(r, c, x))
        {
            r.Set(c.Value.mul(x.Value));
        }
    }

    /// <summary>s = r / stab(z), so many times.</summary>
    /// <param name="r">r.</param>
    /// <param name="z">z.</param>
    /// <param name="s">s.</param>
    /// <param name="epsilon">The stabilizer.</param>
    /// <param name="times">How many times.</param>
    /// <param name="over">A buffer that is not read after this, whose memory s may take.</param>
    public static void Divide(Buffer r, Buffer z, Buffer s, Stabilizer epsilon, float times = 1, Buffer? over = null)
    {
        if (!Fused.Set<Fused.Quotient>(s, r, z, z, epsilon, times, over))
        {
            using var stabilized = epsilon.Of(z.Value);
            s.Set(r.Value.div(stabilized).mul_(times));
        }

        Free(over is null ? [] : [over]);
    }

    /// <summary>s = c ⊙ h / stab(z), so many times.</summary>
    /// <param name="c">c.</param>
    /// <param name="h">h.</param>
    /// <param name="z">z.</param>
    /// <param name="s">s.</param>
    /// <param name="epsilon">The stabilizer.</param>
    /// <param name="times">How many times.</param>
    /// <param name="over">A buffer that is not read after this, whose memory s may take.</param>
    public static void MultiplyDivide(Buffer c, Buffer h, Buffer z, Buffer s, Stabilizer epsilon, float times = 1, Buffer? over = null)
    {
        if (!Fused.Set<Fused.ProductQuotient>(s, c, h, z, epsilon, times, over))
        {
            using var stabilized = epsilon.Of(z.Value);
            using var r = c.Value.mul(h.Value);
            s.Set(r.div(stabilized).mul_(times));
        }

        Free(over is null ? [] : [over]);
    }

    /// <summary>s = c ⊙ h / (h + ε) for an h that is never negative: the Epsilon and Norm rules behind a Relu.</summary>
    /// <param name="c">c.</param>
    /// <param name="h">h.</param>
    /// <param name="s">s.</param>
    /// <param name="epsilon">The stabilizer.</param>
    /// <param name="over">A buffer that is not read after this, whose memory s may take.</param>
    public static void DivideEpsilon(Buffer c, Buffer h, Buffer s, Stabilizer epsilon, Buffer? over = null)
    {
        if (!Fused.Set<Fused.ProductQuotient>(s, c, h, h, epsilon, over: over))
        {
            using var stabilized = epsilon.Unsigned.Of(h.Value);
            using var r = c.Value.mul(h.Value);
            s.Set(r.div(stabilized));
        }

        Free(over is null ? [] : [over]);
    }

    /// <summary>
    /// The Gamma rule's quotients q = r / stab(z + γp) where z is above 0, r / stab(z + γ(z − p)) where it is below, and 0 elsewhere, as what goes
    /// back through the layer, s = q or (1 + γ)q, and through its positive contributions p, plus = γq or −γq.
    /// </summary>
    /// <param name="r">The relevance.</param>
    /// <param name="z">The layer's output.</param>
    /// <param name="p">Its positive contributions.</param>
    /// <param name="s">s.</param>
    /// <param name="plus">plus.</param>
    /// <param name="gamma">γ.</param>
    /// <param name="epsilon">The stabilizer.</param>
    /// <param name="sign">What says which it is, where that is not z.</param>
    public static void DivideGamma(Buffer r, Buffer z, Buffer p, Buffer s, Buffer plus, float gamma, Stabilizer epsilon, Buffer? sign = null)
    {
        if (sign is null && Fused.SetGamma(s, plus, r, z, p, gamma, epsilon))
        {
            return;
        }

        using var scope = NewDisposeScope();
        var own = (sign ?? z).Value;
        var (above, below) = (own.gt(0), own.lt(0));
        var positive = r.Value.div(epsilon.Of(z.Value.add(p.Value, gamma))).mul(above);
        var negative = r.Value.div(epsilon.Of(z.Value.mul(1 + gamma).add(p.Value, -gamma))).mul(below);
        s.Set(positive.add(negative, 1 + gamma));
        plus.Set(positive.sub(negative).mul(gamma));
    }
}
