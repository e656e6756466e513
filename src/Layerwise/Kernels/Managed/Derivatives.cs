namespace Layerwise.Kernels;

// Transposed derivatives of functions of elements: what comes back to an input, given s, what comes back to the output.
public static partial class Managed
{
    /// <summary>r = s·sign(x).</summary>
    public static void AbsBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x => x > 0 ? 1 : x < 0 ? -1 : 0);

    /// <summary>r = -s/√(1 − x²).</summary>
    public static void AcosBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x => -1 / MathF.Sqrt(1 - (x * x)));

    /// <summary>r = s/√(x² − 1).</summary>
    public static void AcoshBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x => 1 / MathF.Sqrt((x * x) - 1));

    /// <summary>r = s/√(1 − x²).</summary>
    public static void AsinBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x => 1 / MathF.Sqrt(1 - (x * x)));

    /// <summary>r = s/√(1 + x²).</summary>
    public static void AsinhBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x => 1 / MathF.Sqrt(1 + (x * x)));

    /// <summary>r = s/(1 + x²).</summary>
    public static void AtanBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x => 1 / (1 + (x * x)));

    /// <summary>r = s/(1 − x²).</summary>
    public static void AtanhBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x => 1 / (1 - (x * x)));

    /// <summary>r = s where x is above 0, s·e^(x/α) below.</summary>
    public static void CeluBack(Buffer s, Buffer x, Buffer r, float alpha) => Slope(s, x, r, alpha, static (x, alpha) => MathF.Exp(Math.Min(x / alpha, 0)));

    /// <summary>r = s where x lies between the bounds.</summary>
    public static void ClipBack(Buffer s, Buffer x, Buffer r, float? low = null, float? high = null)
        => Slope(s, x, r, (low ?? float.NegativeInfinity, high ?? float.PositiveInfinity), static (x, bounds) => x >= bounds.Item1 && x <= bounds.Item2 ? 1 : 0);

    /// <summary>r = -s·sin x.</summary>
    public static void CosBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x => -MathF.Sin(x));

    /// <summary>r = s·sinh x.</summary>
    public static void CoshBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x => MathF.Sinh(x));

    /// <summary>r = s where x is above 0, s·α·eˣ below.</summary>
    public static void EluBack(Buffer s, Buffer x, Buffer r, float alpha) => Slope(s, x, r, alpha, static (x, alpha) => x > 0 ? 1 : alpha * MathF.Exp(x));

    /// <summary>r = s·2/√π·e^(−x²).</summary>
    public static void ErfBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x => (float)(2 / Math.Sqrt(Math.PI) * Math.Exp(-(double)x * x)));

    /// <summary>r = s·y.</summary>
    public static void ExpBack(Buffer s, Buffer y, Buffer r) => Elements.Run<Elements.Product>(s, y, r);

    /// <summary>r = s·(Φ(x) + x·φ(x)), or that of the approximation by tanh.</summary>
    public static void GeluBack(Buffer s, Buffer x, Buffer r, bool approximate = false)
    {
        if (!approximate)
        {
            Slope(s, x, r, static x => (float)(Below(x) + (x * Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI))));
            return;
        }

        Slope(s, x, r, static x =>
        {
            var t = MathF.Tanh(GeluScale * (x + (0.044715f * x * x * x)));
            return (0.5f * (1 + t)) + (0.5f * x * (1 - (t * t)) * GeluScale * (1 + (3 * 0.044715f * x * x)));
        });
    }

    /// <summary>r = s·α where αx + β lies between 0 and 1.</summary>
    public static void HardSigmoidBack(Buffer s, Buffer x, Buffer r, float alpha, float beta)
        => Slope(s, x, r, (alpha, beta), static (x, line) => (line.alpha * x) + line.beta is > 0 and < 1 ? line.alpha : 0);

    /// <summary>r = s·(x/3 + ½) between -3 and 3, s above, 0 below.</summary>
    public static void HardSwishBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x => x >= 3 ? 1 : x > -3 ? (x / 3) + 0.5f : 0);

    /// <summary>r = s where x is above 0, s·α below.</summary>
    public static void LeakyReluBack(Buffer s, Buffer x, Buffer r, float alpha) => Slope(s, x, r, alpha, static (x, alpha) => x > 0 ? 1 : alpha);

    /// <summary>r = s/x.</summary>
    public static void LogBack(Buffer s, Buffer x, Buffer r) => Elements.Run<Elements.Ratio>(s, x, r);

    /// <summary>r = s·(t + x·σ(x)·(1 − t²)) with t = tanh(softplus x).</summary>
    public static void MishBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x =>
    {
        var t = MathF.Tanh(LogOnePlusExp(x));
        return t + (x * Logistic(x) * (1 - (t * t)));
    });

    /// <summary>r = -s.</summary>
    public static void NegBack(Buffer s, Buffer x, Buffer r) => Elements.Run<Elements.Opposite>(s, r);

    /// <summary>r = -s·y².</summary>
    public static void ReciprocalBack(Buffer s, Buffer y, Buffer r) => Slope(s, y, r, static y => -y * y);

    /// <summary>r = s·γ where x is above 0, s·γ·α·eˣ below.</summary>
    public static void SeluBack(Buffer s, Buffer x, Buffer r, float alpha, float gamma) => Slope(s, x, r, (alpha, gamma), static (x, p) => p.gamma * (x > 0 ? 1 : p.alpha * MathF.Exp(x)));

    /// <summary>r = s where |x| is above λ.</summary>
    public static void ShrinkBack(Buffer s, Buffer x, Buffer r, float lambd, float bias) => Slope(s, x, r, lambd, static (x, lambd) => Math.Abs(x) > lambd ? 1 : 0);

    /// <summary>r = s·y·(1 − y).</summary>
    public static void SigmoidBack(Buffer s, Buffer y, Buffer r) => Slope(s, y, r, static y => y * (1 - y));

    /// <summary>r = s·cos x.</summary>
    public static void SinBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x => MathF.Cos(x));

    /// <summary>r = s·cosh x.</summary>
    public static void SinhBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x => MathF.Cosh(x));

    /// <summary>r = s/(1 + e^(−βx)); with β also the slope that stands in for a Relu's.</summary>
    public static void SoftplusBack(Buffer s, Buffer x, Buffer r, float beta = 1) => Slope(s, x, r, beta, static (x, beta) => Logistic(beta * x));

    /// <summary>r = s/(1 + |x|)².</summary>
    public static void SoftsignBack(Buffer s, Buffer x, Buffer r) => Slope(s, x, r, static x => 1 / ((1 + Math.Abs(x)) * (1 + Math.Abs(x))));

    /// <summary>r = s/(2y).</summary>
    public static void SqrtBack(Buffer s, Buffer y, Buffer r) => Slope(s, y, r, static y => 1 / (2 * y));

    /// <summary>r = s·(σ(αx) + αx·σ(αx)·(1 − σ(αx))).</summary>
    public static void SwishBack(Buffer s, Buffer x, Buffer r, float alpha = 1) => Slope(s, x, r, alpha, static (x, alpha) =>
    {
        var gate = Logistic(alpha * x);
        return gate + (alpha * x * gate * (1 - gate));
    });

    /// <summary>r = s·(1 + y²).</summary>
    public static void TanBack(Buffer s, Buffer y, Buffer r) => Slope(s, y, r, static y => 1 + (y * y));

    /// <summary>r = s·(1 − y²).</summary>
    public static void TanhBack(Buffer s, Buffer y, Buffer r) => Slope(s, y, r, static y => 1 - (y * y));

    /// <summary>r = s where x is above α.</summary>
    public static void ThresholdedReluBack(Buffer s, Buffer x, Buffer r, float alpha) => Slope(s, x, r, alpha, static (x, alpha) => x > alpha ? 1 : 0);

    // r = s times a slope.
    private static unsafe void Slope(Buffer s, Buffer x, Buffer r, Func<float, float> slope)
    {
        var last = s.HasLast && x.HasLast;
        float* share = s.Read(last), at = x.Read(last), to = r.Write(last);
        for (var i = 0; i < r.Length; i++)
        {
            to[i] = share[i] * slope(at[i]);
        }
    }

    private static unsafe void Slope<T>(Buffer s, Buffer x, Buffer r, T parameter, Func<float, T, float> slope)
    {
        var last = s.HasLast && x.HasLast;
        float* share = s.Read(last), at = x.Read(last), to = r.Write(last);
        for (var i = 0; i < r.Length; i++)
        {
            to[i] = share[i] * slope(at[i], parameter);
        }
    }
}
