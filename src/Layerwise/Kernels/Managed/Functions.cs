namespace Layerwise.Kernels;

// Functions of elements.
public static partial class Managed
{
    /// <summary>y = |x|.</summary>
    public static void Abs(Buffer x, Buffer y) => Elements.Run<Elements.Magnitude>(x, y);

    /// <summary>y = arccos x.</summary>
    public static void Acos(Buffer x, Buffer y) => Map(x, y, static x => MathF.Acos(x));

    /// <summary>y = arcosh x.</summary>
    public static void Acosh(Buffer x, Buffer y) => Map(x, y, static x => MathF.Acosh(x));

    /// <summary>y = arcsin x.</summary>
    public static void Asin(Buffer x, Buffer y) => Map(x, y, static x => MathF.Asin(x));

    /// <summary>y = arsinh x.</summary>
    public static void Asinh(Buffer x, Buffer y) => Map(x, y, static x => MathF.Asinh(x));

    /// <summary>y = arctan x.</summary>
    public static void Atan(Buffer x, Buffer y) => Map(x, y, static x => MathF.Atan(x));

    /// <summary>y = artanh x.</summary>
    public static void Atanh(Buffer x, Buffer y) => Map(x, y, static x => MathF.Atanh(x));

    /// <summary>y = ⌈x⌉.</summary>
    public static void Ceil(Buffer x, Buffer y) => Map(x, y, static x => MathF.Ceiling(x));

    /// <summary>y = x where it is above 0, α·(e^(x/α) - 1) elsewhere.</summary>
    public static void Celu(Buffer x, Buffer y, float alpha) => Map(x, y, alpha, static (x, alpha) => x > 0 ? x : alpha * ExpLessOne(x / alpha));

    /// <summary>y = x within bounds.</summary>
    public static void Clip(Buffer x, Buffer y, float? low = null, float? high = null)
        => Map(x, y, (low ?? float.NegativeInfinity, high ?? float.PositiveInfinity), static (x, bounds) => x < bounds.Item1 ? bounds.Item1 : x > bounds.Item2 ? bounds.Item2 : x);

    /// <summary>y = cos x.</summary>
    public static void Cos(Buffer x, Buffer y) => Map(x, y, static x => MathF.Cos(x));

    /// <summary>y = cosh x.</summary>
    public static void Cosh(Buffer x, Buffer y) => Map(x, y, static x => MathF.Cosh(x));

    /// <summary>y = x where it is above 0, α·(eˣ - 1) elsewhere.</summary>
    public static void Elu(Buffer x, Buffer y, float alpha) => Map(x, y, alpha, static (x, alpha) => x > 0 ? x : alpha * ExpLessOne(x));

    /// <summary>y = erf x.</summary>
    public static void Erf(Buffer x, Buffer y) => Map(x, y, static x => (float)ErrorFunction(x));

    /// <summary>y = eˣ.</summary>
    public static void Exp(Buffer x, Buffer y) => Map(x, y, static x => MathF.Exp(x));

    /// <summary>y = ⌊x⌋.</summary>
    public static void Floor(Buffer x, Buffer y) => Map(x, y, static x => MathF.Floor(x));

    /// <summary>y = x·Φ(x), or its approximation by tanh.</summary>
    public static void Gelu(Buffer x, Buffer y, bool approximate = false)
    {
        if (approximate)
        {
            Map(x, y, static x => 0.5f * x * (1 + MathF.Tanh(GeluScale * (x + (0.044715f * x * x * x)))));
        }
        else
        {
            Map(x, y, static x => (float)(x * Below(x)));
        }
    }

    /// <summary>y = αx + β within 0 and 1.</summary>
    public static void HardSigmoid(Buffer x, Buffer y, float alpha, float beta)
        => Map(x, y, (alpha, beta), static (x, line) => Math.Clamp((line.alpha * x) + line.beta, 0, 1));

    /// <summary>y = x·HardSigmoid(x) with α = 1/6 and β = 1/2.</summary>
    public static void HardSwish(Buffer x, Buffer y) => Map(x, y, static x => x * Math.Clamp(x + 3, 0, 6) / 6);

    /// <summary>y = x, a copy.</summary>
    public static void Identity(Buffer x, Buffer y) => y.Share(x);

    /// <summary>y = x where it is above 0, αx elsewhere.</summary>
    public static void LeakyRelu(Buffer x, Buffer y, float alpha) => Map(x, y, alpha, static (x, alpha) => x > 0 ? x : alpha * x);

    /// <summary>y = ln x.</summary>
    public static void Log(Buffer x, Buffer y) => Map(x, y, static x => MathF.Log(x));

    /// <summary>y = x·tanh(ln(1 + eˣ)).</summary>
    public static void Mish(Buffer x, Buffer y) => Map(x, y, static x => x * MathF.Tanh(LogOnePlusExp(x)));

    /// <summary>y = -x.</summary>
    public static void Neg(Buffer x, Buffer y) => Elements.Run<Elements.Opposite>(x, y);

    /// <summary>y = 1/x.</summary>
    public static void Reciprocal(Buffer x, Buffer y) => Map(x, y, static x => 1 / x);

    /// <summary>y = x rounded, halves to the even number.</summary>
    public static void Round(Buffer x, Buffer y) => Map(x, y, static x => MathF.Round(x));

    /// <summary>y = γx where x is above 0, γα·(eˣ - 1) elsewhere.</summary>
    public static void Selu(Buffer x, Buffer y, float alpha, float gamma) => Map(x, y, (alpha, gamma), static (x, p) => p.gamma * (x > 0 ? x : p.alpha * ExpLessOne(x)));

    /// <summary>y = x + bias below -λ, x - bias above λ, 0 between.</summary>
    public static void Shrink(Buffer x, Buffer y, float lambd, float bias) => Map(x, y, (lambd, bias), static (x, p) => x < -p.lambd ? x + p.bias : x > p.lambd ? x - p.bias : 0);

    /// <summary>y = 1/(1 + e⁻ˣ).</summary>
    public static void Sigmoid(Buffer x, Buffer y) => Map(x, y, static x => Logistic(x));

    /// <summary>y = -1, 0 or 1.</summary>
    public static void Sign(Buffer x, Buffer y) => Map(x, y, static x => x > 0 ? 1 : x < 0 ? -1 : 0);

    /// <summary>y = sin x.</summary>
    public static void Sin(Buffer x, Buffer y) => Map(x, y, static x => MathF.Sin(x));

    /// <summary>y = sinh x.</summary>
    public static void Sinh(Buffer x, Buffer y) => Map(x, y, static x => MathF.Sinh(x));

    /// <summary>y = ln(1 + eˣ).</summary>
    public static void Softplus(Buffer x, Buffer y) => Map(x, y, static x => LogOnePlusExp(x));

    /// <summary>y = x/(1 + |x|).</summary>
    public static void Softsign(Buffer x, Buffer y) => Map(x, y, static x => x / (1 + Math.Abs(x)));

    /// <summary>y = √x.</summary>
    public static void Sqrt(Buffer x, Buffer y) => Map(x, y, static x => MathF.Sqrt(x));

    /// <summary>y = x·σ(αx).</summary>
    public static void Swish(Buffer x, Buffer y, float alpha = 1) => Map(x, y, alpha, static (x, alpha) => x * Logistic(alpha * x));

    /// <summary>y = tan x.</summary>
    public static void Tan(Buffer x, Buffer y) => Map(x, y, static x => MathF.Tan(x));

    /// <summary>y = tanh x.</summary>
    public static void Tanh(Buffer x, Buffer y) => Map(x, y, static x => MathF.Tanh(x));

    /// <summary>y = x where it is above α, 0 elsewhere.</summary>
    public static void ThresholdedRelu(Buffer x, Buffer y, float alpha) => Map(x, y, alpha, static (x, alpha) => x > alpha ? x : 0);

    private static readonly float GeluScale = (float)Math.Sqrt(2 / Math.PI);

    private static float Logistic(float x) => 1 / (1 + MathF.Exp(-x));

    // Exact where eˣ is near 1.
    private static float ExpLessOne(float x) => Math.Abs(x) < 1e-2f ? x + (x * x * (0.5f + (x * (1 / 6f + (x / 24))))) : MathF.Exp(x) - 1;

    private static float LogOnePlusExp(float x) => Math.Max(x, 0) + (float)Math.Log(1 + Math.Exp(-Math.Abs(x)));

    // Φ(x), the share of a standard normal distribution below x.
    private static double Below(double x) => 0.5 * (1 + ErrorFunction(x / Math.Sqrt(2)));

    // Its series up to 3, its continued fraction beyond.
    private static double ErrorFunction(double x)
    {
        var size = Math.Abs(x);
        if (!(size < 6))
        {
            return double.IsNaN(x) ? x : Math.Sign(x);
        }

        if (size < 3)
        {
            var (term, sum) = (x, x);
            for (var n = 1; Math.Abs(term) > 1e-17; n++)
            {
                term *= -x * x / n;
                sum += term / ((2 * n) + 1);
            }

            return sum * 2 / Math.Sqrt(Math.PI);
        }

        var fraction = 0.0;
        for (var k = 40; k > 0; k--)
        {
            fraction = k / 2.0 / (size + fraction);
        }

        return Math.Sign(x) * (1 - (Math.Exp(-size * size) / Math.Sqrt(Math.PI) / (size + fraction)));
    }

    private static unsafe void Map(Buffer x, Buffer y, Func<float, float> function)
    {
        var last = !x.HasRows;
        float* from = x.Read(last), to = y.Write(last);
        for (var i = 0; i < y.Length; i++)
        {
            to[i] = function(from[i]);
        }
    }

    private static unsafe void Map<T>(Buffer x, Buffer y, T parameter, Func<float, T, float> function)
    {
        var last = !x.HasRows;
        float* from = x.Read(last), to = y.Write(last);
        for (var i = 0; i < y.Length; i++)
        {
            to[i] = function(from[i], parameter);
        }
    }
}
