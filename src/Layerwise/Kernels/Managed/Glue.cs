namespace Layerwise.Kernels;

// What stands between the linear layers of a relevance pass. stab(z) = z + ε·sign(z), with sign(0) = +1.
public static partial class Managed
{
    /// <summary>r = c ⊙ x.</summary>
    public static void Multiply(Buffer c, Buffer x, Buffer r) => Elements.Run<Elements.Product>(c, x, r);

    /// <summary>s = r / stab(z), so many times.</summary>
    /// <param name="r">r.</param>
    /// <param name="z">z.</param>
    /// <param name="s">s.</param>
    /// <param name="epsilon">The stabilizer.</param>
    /// <param name="times">How many times.</param>
    public static void Divide(Buffer r, Buffer z, Buffer s, Stabilizer epsilon, float times = 1) => Elements.Divide<Elements.Quotient>(r, z, z, s, epsilon, times);

    /// <summary>s = c ⊙ h / stab(z), so many times.</summary>
    /// <param name="c">c.</param>
    /// <param name="h">h.</param>
    /// <param name="z">z.</param>
    /// <param name="s">s.</param>
    /// <param name="epsilon">The stabilizer.</param>
    /// <param name="times">How many times.</param>
    public static void MultiplyDivide(Buffer c, Buffer h, Buffer z, Buffer s, Stabilizer epsilon, float times = 1) => Elements.Divide<Elements.ProductQuotient>(c, h, z, s, epsilon, times);

    /// <summary>s = c ⊙ h / (h + ε) for an h that is never negative: the Epsilon and Norm rules behind a Relu.</summary>
    /// <param name="c">c.</param>
    /// <param name="h">h.</param>
    /// <param name="s">s.</param>
    /// <param name="epsilon">The stabilizer.</param>
    public static void DivideEpsilon(Buffer c, Buffer h, Buffer s, Stabilizer epsilon) => Elements.Divide<Elements.ProductQuotient>(c, h, h, s, epsilon.Unsigned);

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
        // Two denominators, each with a stabilizer of its own; then the one that counts.
        Buffer above = s.Beside(0), below = s.Beside(1), positive = s.Beside(2), negative = s.Beside(3);
        Elements.Weigh(z, p, above, 1, gamma);
        Elements.Weigh(z, p, below, 1 + gamma, -gamma);
        Elements.Divide<Elements.QuotientWherePositive>(r, sign ?? z, above, positive, epsilon);
        Elements.Divide<Elements.QuotientWhereNegative>(r, sign ?? z, below, negative, epsilon);
        Elements.Weigh(positive, negative, s, 1, 1 + gamma);
        Elements.Weigh(positive, negative, plus, gamma, -gamma);
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
    public static void DivideAlphaBeta(Buffer r, Buffer z, Buffer p, Buffer s, Buffer minus, float alpha, float beta, Stabilizer epsilon, Buffer? factor = null)
    {
        var rest = s.Beside(0);
        Elements.Run<Elements.Remainder>(z, p, rest);
        if (factor is null)
        {
            Elements.Divide<Elements.Quotient>(r, z, p, s, epsilon, alpha);
            Elements.Divide<Elements.Quotient>(r, z, rest, minus, epsilon, -beta);
        }
        else
        {
            Elements.Divide<Elements.ProductQuotient>(r, factor, p, s, epsilon, alpha);
            Elements.Divide<Elements.ProductQuotient>(r, factor, rest, minus, epsilon, -beta);
        }
    }

    /// <summary>y = max(0, x).</summary>
    public static void Relu(Buffer x, Buffer y) => Elements.Run<Elements.Positive>(x, y);

    /// <summary>x = s where y is above 0.</summary>
    public static void ReluBack(Buffer s, Buffer y, Buffer x) => Elements.Run<Elements.WherePositive>(s, y, x);

    /// <summary>x = s where both y and s are above 0.</summary>
    public static void ReluGuidedBack(Buffer s, Buffer y, Buffer x) => Elements.Run<Elements.WhereBothPositive>(s, y, x);

    /// <summary>max(0, x).</summary>
    public static void Positive(Buffer x, Buffer y) => Elements.Run<Elements.Positive>(x, y);
}
