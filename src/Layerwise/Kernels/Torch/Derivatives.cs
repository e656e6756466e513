using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

// Transposed derivatives of functions of elements: what comes back to an input, given s, what comes back to the output.
public static partial class Torch
{
    /// <summary>r = s·sign(x).</summary>
    public static void AbsBack(Buffer s, Buffer x, Buffer r) => Slope(s, r, () => x.Value.sign());

    /// <summary>r = -s/√(1 − x²).</summary>
    public static void AcosBack(Buffer s, Buffer x, Buffer r) => Slope(s, r, () => OneLess(x.Value.square()).rsqrt().neg());

    /// <summary>r = s/√(x² − 1).</summary>
    public static void AcoshBack(Buffer s, Buffer x, Buffer r) => Slope(s, r, () => x.Value.square().sub(1).rsqrt());

    /// <summary>r = s/√(1 − x²).</summary>
    public static void AsinBack(Buffer s, Buffer x, Buffer r) => Slope(s, r, () => OneLess(x.Value.square()).rsqrt());

    /// <summary>r = s/√(1 + x²).</summary>
    public static void AsinhBack(Buffer s, Buffer x, Buffer r) => Slope(s, r, () => x.Value.square().add(1).rsqrt());

    /// <summary>r = s/(1 + x²).</summary>
    public static void AtanBack(Buffer s, Buffer x, Buffer r) => Slope(s, r, () => x.Value.square().add(1).reciprocal());

    /// <summary>r = s/(1 − x²).</summary>
    public static void AtanhBack(Buffer s, Buffer x, Buffer r) => Slope(s, r, () => OneLess(x.Value.square()).reciprocal());

    /// <summary>r = s where x is above 0, s·e^(x/α) below.</summary>
    public static void CeluBack(Buffer s, Buffer x, Buffer r, float alpha) => Slope(s, r, () => x.Value.div(alpha).clamp_max(0).exp());

    /// <summary>r = s where x lies between the bounds.</summary>
    public static void ClipBack(Buffer s, Buffer x, Buffer r, float? low = null, float? high = null, Buffer? lowest = null, Buffer? highest = null) => Slope(s, r, () =>
    {
        var inside = ones_like(x.Value);
        inside = low is { } least ? inside.mul(x.Value.ge(least)) : lowest is null ? inside : inside.mul(x.Value.ge(lowest.Value));
        return high is { } most ? inside.mul(x.Value.le(most)) : highest is null ? inside : inside.mul(x.Value.le(highest.Value));
    });

    /// <summary>r = -s·sin x.</summary>
    public static void CosBack(Buffer s, Buffer x, Buffer r) => Slope(s, r, () => x.Value.sin().neg());

    /// <summary>r = s·sinh x.</summary>
    public static void CoshBack(Buffer s, Buffer x, Buffer r) => Slope(s, r, () => x.Value.sinh());

    /// <summary>r = s where x is above 0, s·α·eˣ below.</summary>
    public static void EluBack(Buffer s, Buffer x, Buffer r, float alpha) => Slope(s, r, () => where(x.Value.gt(0), ones_like(x.Value), x.Value.clamp_max(0).exp().mul(alpha)));

    /// <summary>r = s·2/√π·e^(−x²).</summary>
    public static void ErfBack(Buffer s, Buffer x, Buffer r) => Slope(s, r, () => x.Value.square().neg().exp().mul(2 / Math.Sqrt(Math.PI)));

    /// <summary>r = s·y.</summary>
    public static void ExpBack(Buffer s, Buffer y, Buffer r) => r.Set(s.Value.mul(y.Value));

    /// <summary>r = s·(Φ(x) + x·φ(x)), or that of the approximation by tanh.</summary>
    public static void GeluBack(Buffer s, Buffer x, Buffer r, bool approximate = false, Buffer? bias = null) => Slope(s, r, () =>
    {
        var input = bias is null ? x.Value : x.Value.add(bias.Value);
        if (!approximate)
        {
            var below = input.div(Math.Sqrt(2)).erf().add(1).mul(0.5);
            return below.add(input.mul(input.square().mul(-0.5).exp()).div(Math.Sqrt(2 * Math.PI)));
        }

        var scale = Math.Sqrt(2 / Math.PI);
        var tanh = input.add(input.pow(3).mul(0.044715)).mul(scale).tanh();
        return tanh.add(1).mul(0.5).add(input.mul(0.5).mul(OneLess(tanh.square())).mul(input.square().mul(3 * 0.044715).add(1).mul(scale)));
    });

    /// <summary>r = s·α where αx + β lies between 0 and 1.</summary>
    public static void HardSigmoidBack(Buffer s, Buffer x, Buffer r, float alpha, float beta) => Slope(s, r, () =>
    {
        var y = x.Value.mul(alpha).add(beta);
        return y.gt(0).logical_and(y.lt(1)).to(x.Value.dtype).mul(alpha);
    });

    /// <summary>r = s·(x/3 + ½) between -3 and 3, s above, 0 below.</summary>
    public static void HardSwishBack(Buffer s, Buffer x, Buffer r)
        => Slope(s, r, () => where(x.Value.lt(3), x.Value.div(3).add(0.5).mul(x.Value.gt(-3)), ones_like(x.Value)));

    /// <summary>r = s where x is above 0, s·α below.</summary>
    public static void LeakyReluBack(Buffer s, Buffer x, Buffer r, float alpha) => Slope(s, r, () => x.Value.gt(0).to(x.Value.dtype).mul(1 - alpha).add(alpha));

    /// <summary>r = s/x.</summary>
    public static void LogBack(Buffer s, Buffer x, Buffer r) => r.Set(s.Value.div(x.Value));

    /// <summary>r = s·(t + x·σ(x)·(1 − t²)) with t = tanh(softplus x).</summary>
    public static void MishBack(Buffer s, Buffer x, Buffer r) => Slope(s, r, () =>
    {
        var t = nn.functional.softplus(x.Value).tanh();
        return t.add(x.Value.mul(x.Value.sigmoid()).mul(OneLess(t.square())));
    });

    /// <summary>r = -s.</summary>
    public static void NegBack(Buffer s, Buffer x, Buffer r) => r.Set(s.Value.neg());

    /// <summary>r = -s·y².</summary>
    public static void ReciprocalBack(Buffer s, Buffer y, Buffer r) => Slope(s, r, () => y.Value.square().neg());

    /// <summary>r = s·γ where x is above 0, s·γ·α·eˣ below.</summary>
    public static void SeluBack(Buffer s, Buffer x, Buffer r, float alpha, float gamma)
        => Slope(s, r, () => where(x.Value.gt(0), ones_like(x.Value), x.Value.clamp_max(0).exp().mul(alpha)).mul(gamma));

    /// <summary>r = s where |x| is above λ.</summary>
    public static void ShrinkBack(Buffer s, Buffer x, Buffer r, float lambd, float bias) => Slope(s, r, () => x.Value.abs().gt(lambd));

    /// <summary>r = s·y·(1 − y).</summary>
    public static void SigmoidBack(Buffer s, Buffer y, Buffer r) => Slope(s, r, () => OneLess(y.Value).mul(y.Value));

    /// <summary>r = s·cos x.</summary>
    public static void SinBack(Buffer s, Buffer x, Buffer r) => Slope(s, r, () => x.Value.cos());

    /// <summary>r = s·cosh x.</summary>
    public static void SinhBack(Buffer s, Buffer x, Buffer r) => Slope(s, r, () => x.Value.cosh());

    /// <summary>r = s/(1 + e^(−βx)); with β also the slope that stands in for a Relu's.</summary>
    public static void SoftplusBack(Buffer s, Buffer x, Buffer r, float beta = 1) => Slope(s, r, () => x.Value.mul(beta).sigmoid());

    /// <summary>r = s/(1 + |x|)².</summary>
    public static void SoftsignBack(Buffer s, Buffer x, Buffer r) => Slope(s, r, () => x.Value.abs().add(1).square().reciprocal());

    /// <summary>r = s/(2y).</summary>
    public static void SqrtBack(Buffer s, Buffer y, Buffer r) => Slope(s, r, () => y.Value.mul(2).reciprocal());

    /// <summary>r = s·(σ(αx) + αx·σ(αx)·(1 − σ(αx))).</summary>
    public static void SwishBack(Buffer s, Buffer x, Buffer r, float alpha = 1) => Slope(s, r, () =>
    {
        var gate = x.Value.mul(alpha).sigmoid();
        return gate.add(x.Value.mul(alpha).mul(gate).mul(OneLess(gate)));
    });

    /// <summary>r = s·(1 + y²).</summary>
    public static void TanBack(Buffer s, Buffer y, Buffer r) => Slope(s, r, () => y.Value.square().add(1));

    /// <summary>r = s·(1 − y²).</summary>
    public static void TanhBack(Buffer s, Buffer y, Buffer r) => Slope(s, r, () => OneLess(y.Value.square()));

    /// <summary>r = s where x is above α.</summary>
    public static void ThresholdedReluBack(Buffer s, Buffer x, Buffer r, float alpha) => Slope(s, r, () => x.Value.gt(alpha));

    /// <summary>r = s·b, for a factor of a·b.</summary>
    public static void MulBack(Buffer s, Buffer other, Buffer r, Buffer? like = null) => Summed(r, like, () => s.Value.mul(other.Value));

    /// <summary>r = s/b, for the dividend of a/b.</summary>
    public static void DivBack(Buffer s, Buffer divisor, Buffer r, Buffer? like = null) => Summed(r, like, () => s.Value.div(divisor.Value));

    /// <summary>r = -s·y/b, for the divisor of y = a/b.</summary>
    public static void DivisorBack(Buffer s, Buffer divisor, Buffer y, Buffer r, Buffer? like = null) => Summed(r, like, () => s.Value.mul(y.Value).div(divisor.Value).neg());

    /// <summary>r = -s, for what is subtracted.</summary>
    public static void SubtrahendBack(Buffer s, Buffer r, Buffer? like = null) => Summed(r, like, () => s.Value.neg());

    /// <summary>r = s·b·a^(b−1), for the base of aᵇ; 0 where b is 0.</summary>
    public static void PowBack(Buffer s, Buffer x, Buffer exponent, Buffer r, Buffer? like = null)
        => Summed(r, like, () => s.Value.mul(exponent.Value).mul(x.Value.pow(exponent.Value.sub(1))).masked_fill(exponent.Value.eq(0).expand(s.Value.shape), 0));

    /// <summary>r = s·y·ln a, for the exponent of y = aᵇ; 0 where y is 0.</summary>
    public static void ExponentBack(Buffer s, Buffer x, Buffer y, Buffer r, Buffer? like = null)
        => Summed(r, like, () => s.Value.mul(y.Value).mul(x.Value.log()).masked_fill(y.Value.eq(0), 0));

    /// <summary>r = s where x is not below 0, s·slope elsewhere.</summary>
    public static void PReluBack(Buffer s, Buffer x, Buffer slope, Buffer r, Buffer? like = null)
        => Summed(r, like, () => where(x.Value.lt(0), s.Value.mul(slope.Value), s.Value));

    /// <summary>r = s·x where x is below 0, for the slope.</summary>
    public static void PReluSlopeBack(Buffer s, Buffer x, Buffer r, Buffer? like = null) => Summed(r, like, () => s.Value.mul(x.Value.clamp_max(0)));

    /// <summary>r = s where the condition chooses the input.</summary>
    /// <param name="s">s.</param>
    /// <param name="condition">The condition.</param>
    /// <param name="r">r.</param>
    /// <param name="otherwise">Whether the input is chosen where the condition does not hold.</param>
    /// <param name="like">What r is like.</param>
    public static void WhereBack(Buffer s, Buffer condition, Buffer r, bool otherwise = false, Buffer? like = null)
        => Summed(r, like, () => s.Value.mul(otherwise ? condition.Value.logical_not() : condition.Value));

    /// <summary>r = s/count, for one of that many of which y is the mean.</summary>
    public static void MeanBack(Buffer s, Buffer r, long count, Buffer? like = null) => Summed(r, like, () => s.Value.div(count));

    /// <summary>r = s where an input is the largest or smallest of all, which is y; of equal ones the first.</summary>
    public static void ExtremeBack(Buffer s, ReadOnlySpan<Buffer> values, Buffer y, Buffer r, int input, Buffer? like = null)
    {
        using var scope = NewDisposeScope();
        var chosen = values[input].Value.eq(y.Value);
        for (var i = 0; i < input; i++)
        {
            chosen = chosen.logical_and(values[i].Value.ne(y.Value));
        }

        var share = s.Value.mul(chosen);
        Summed(r, like, () => share);
    }

    // r = s times a slope.
    private static void Slope(Buffer s, Buffer r, Func<Tensor> slope)
    {
        using var scope = NewDisposeScope();
        r.Set(s.Value.mul(slope()));
    }

    // What an input gets, summed over the axes along which it was broadcast.
    private static void Summed(Buffer r, Buffer? like, Func<Tensor> share)
    {
        using var scope = NewDisposeScope();
        r.Set(SumTo(share(), like?.Shape ?? [.. r.Dims]));
    }

    private static Tensor OneLess(Tensor x) => x.neg().add(1);
}
