using static TorchSharp.torch;

namespace Layerwise.Kernels;

// What stands between the convolutions of a relevance pass. stab(z) = z + ε·sign(z), with sign(0) = +1.
public static partial class Torch
{
    /// <summary>r = c ⊙ x.</summary>
    /// <param name="c">c.</param>
    /// <param name="x">x.</param>
    /// <param name="r">r.</param>
    /// <param name="over">A buffer that is not read after this, whose memory r may take.</param>
    public static void Multiply(Buffer c, Buffer x, Buffer r, Buffer? over = null)
    {
        if (!Fused.Set<Fused.Product>(r, c, x, over))
        {
            r.Set(c.Value.mul(x.Value));
        }

        Free(over is null ? [] : [over]);
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
        if (sign is null && Fused.SetPair<Fused.Gamma>(s, plus, r, null, z, p, (gamma, 0), epsilon))
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

    /// <summary>
    /// The AlphaBeta rule's quotients, s = αr / stab(p) and minus = −βr / stab(z − p): the negative contributions are what the positive ones leave of the
    /// layer's output, and at least what is rounded off those.
    /// </summary>
    /// <param name="r">The relevance, or c with R = c ⊙ factor.</param>
    /// <param name="z">The layer's output.</param>
    /// <param name="p">Its positive contributions.</param>
    /// <param name="s">s.</param>
    /// <param name="minus">minus.</param>
    /// <param name="alpha">α.</param>
    /// <param name="beta">β.</param>
    /// <param name="epsilon">The stabilizer.</param>
    /// <param name="factor">What r is a factor of.</param>
    /// <param name="over">A buffer that is not read after this, whose memory s may take.</param>
    public static void DivideAlphaBeta(Buffer r, Buffer z, Buffer p, Buffer s, Buffer minus, float alpha, float beta, Stabilizer epsilon, Buffer? factor = null, Buffer? over = null)
    {
        if (!Fused.SetPair<Fused.AlphaBeta>(s, minus, r, factor, z, p, (alpha, beta), epsilon, over))
        {
            using var scope = NewDisposeScope();
            var relevance = factor is null ? r.Value : r.Value.mul(factor.Value);
            s.Set(relevance.div(epsilon.Of(p.Value)).mul_(alpha));
            minus.Set(relevance.div(epsilon.Of(RemainderOf(z.Value, p.Value))).mul_(-beta));
        }

        Free(over is null ? [] : [over]);
    }

    /// <summary>The negative contributions as <see cref="DivideAlphaBeta"/> has them; the caller's to dispose.</summary>
    internal static Tensor RemainderOf(Tensor z, Tensor p)
    {
        using var rest = z.sub(p);
        using var rounding = p.mul(-Remainder.Rounding);
        return minimum(rest, rounding);
    }
}
