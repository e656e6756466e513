using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

// Functions of elements; those of several inputs broadcast as numpy does.
public static partial class Torch
{
    /// <summary>y = |x|.</summary>
    public static void Abs(Buffer x, Buffer y) => y.Set(x.Value.abs());

    /// <summary>y = arccos x.</summary>
    public static void Acos(Buffer x, Buffer y) => y.Set(x.Value.acos());

    /// <summary>y = arcosh x.</summary>
    public static void Acosh(Buffer x, Buffer y) => y.Set(x.Value.acosh());

    /// <summary>y = arcsin x.</summary>
    public static void Asin(Buffer x, Buffer y) => y.Set(x.Value.asin());

    /// <summary>y = arsinh x.</summary>
    public static void Asinh(Buffer x, Buffer y) => y.Set(x.Value.asinh());

    /// <summary>y = arctan x.</summary>
    public static void Atan(Buffer x, Buffer y) => y.Set(x.Value.atan());

    /// <summary>y = artanh x.</summary>
    public static void Atanh(Buffer x, Buffer y) => y.Set(x.Value.atanh());

    /// <summary>y = ⌈x⌉.</summary>
    public static void Ceil(Buffer x, Buffer y) => y.Set(x.Value.ceil());

    /// <summary>y = cos x.</summary>
    public static void Cos(Buffer x, Buffer y) => y.Set(x.Value.cos());

    /// <summary>y = cosh x.</summary>
    public static void Cosh(Buffer x, Buffer y) => y.Set(x.Value.cosh());

    /// <summary>y = erf x.</summary>
    public static void Erf(Buffer x, Buffer y) => y.Set(x.Value.erf());

    /// <summary>y = eˣ.</summary>
    public static void Exp(Buffer x, Buffer y) => y.Set(x.Value.exp());

    /// <summary>y = ⌊x⌋.</summary>
    public static void Floor(Buffer x, Buffer y) => y.Set(x.Value.floor());

    /// <summary>y = whether x is no number.</summary>
    public static void IsNaN(Buffer x, Buffer y) => y.Set(x.Value.isnan());

    /// <summary>y = ln x.</summary>
    public static void Log(Buffer x, Buffer y) => y.Set(x.Value.log());

    /// <summary>y = -x.</summary>
    public static void Neg(Buffer x, Buffer y) => y.Set(x.Value.neg());

    /// <summary>y = not x.</summary>
    public static void Not(Buffer x, Buffer y) => y.Set(x.Value.logical_not());

    /// <summary>y = 1/x.</summary>
    public static void Reciprocal(Buffer x, Buffer y) => y.Set(x.Value.reciprocal());

    /// <summary>y = x rounded, halves to the even number.</summary>
    public static void Round(Buffer x, Buffer y) => y.Set(x.Value.round());

    /// <summary>y = 1/(1 + e⁻ˣ).</summary>
    public static void Sigmoid(Buffer x, Buffer y) => y.Set(x.Value.sigmoid());

    /// <summary>y = -1, 0 or 1.</summary>
    public static void Sign(Buffer x, Buffer y) => y.Set(x.Value.sign());

    /// <summary>y = sin x.</summary>
    public static void Sin(Buffer x, Buffer y) => y.Set(x.Value.sin());

    /// <summary>y = sinh x.</summary>
    public static void Sinh(Buffer x, Buffer y) => y.Set(x.Value.sinh());

    /// <summary>y = √x.</summary>
    public static void Sqrt(Buffer x, Buffer y) => y.Set(x.Value.sqrt());

    /// <summary>y = tan x.</summary>
    public static void Tan(Buffer x, Buffer y) => y.Set(x.Value.tan());

    /// <summary>y = tanh x.</summary>
    public static void Tanh(Buffer x, Buffer y) => y.Set(x.Value.tanh());

    /// <summary>y = a and b.</summary>
    public static void And(Buffer a, Buffer b, Buffer y) => y.Set(a.Value.logical_and(b.Value));

    /// <summary>y = a and b, bit by bit.</summary>
    public static void BitwiseAnd(Buffer a, Buffer b, Buffer y) => y.Set(a.Value.bitwise_and(b.Value));

    /// <summary>y = a or b, bit by bit.</summary>
    public static void BitwiseOr(Buffer a, Buffer b, Buffer y) => y.Set(a.Value.bitwise_or(b.Value));

    /// <summary>y = a exclusive-or b, bit by bit.</summary>
    public static void BitwiseXor(Buffer a, Buffer b, Buffer y) => y.Set(a.Value.bitwise_xor(b.Value));

    /// <summary>y = whether a = b.</summary>
    public static void Equal(Buffer a, Buffer b, Buffer y) => y.Set(a.Value.eq(b.Value));

    /// <summary>y = whether a > b.</summary>
    public static void Greater(Buffer a, Buffer b, Buffer y) => y.Set(a.Value.gt(b.Value));

    /// <summary>y = whether a ≥ b.</summary>
    public static void GreaterOrEqual(Buffer a, Buffer b, Buffer y) => y.Set(a.Value.ge(b.Value));

    /// <summary>y = whether a &lt; b.</summary>
    public static void Less(Buffer a, Buffer b, Buffer y) => y.Set(a.Value.lt(b.Value));

    /// <summary>y = whether a ≤ b.</summary>
    public static void LessOrEqual(Buffer a, Buffer b, Buffer y) => y.Set(a.Value.le(b.Value));

    /// <summary>y = a·b.</summary>
    public static void Mul(Buffer a, Buffer b, Buffer y) => y.Set(a.Value.mul(b.Value));

    /// <summary>y = a or b.</summary>
    public static void Or(Buffer a, Buffer b, Buffer y) => y.Set(a.Value.logical_or(b.Value));

    /// <summary>y = a - b.</summary>
    public static void Sub(Buffer a, Buffer b, Buffer y) => y.Set(a.Value.sub(b.Value));

    /// <summary>y = a exclusive-or b.</summary>
    public static void Xor(Buffer a, Buffer b, Buffer y) => y.Set(a.Value.logical_xor(b.Value));

    /// <summary>y = a·b, a product of matrices.</summary>
    public static void MatMul(Buffer a, Buffer b, Buffer y) => y.Set(a.Value.matmul(b.Value));

    /// <summary>y = a/b; of integers towards zero.</summary>
    public static void Div(Buffer a, Buffer b, Buffer y)
        => y.Set(a.Value.is_floating_point() ? a.Value.div(b.Value) : a.Value.div(b.Value, RoundingMode.trunc));

    /// <summary>y = aᵇ, of the type of a.</summary>
    public static void Pow(Buffer a, Buffer b, Buffer y)
    {
        using var power = a.Value.pow(b.Value);
        y.Set(power.to(a.Value.dtype));
    }

    /// <summary>y = a where the condition holds, b elsewhere.</summary>
    public static void Where(Buffer condition, Buffer a, Buffer b, Buffer y) => y.Set(where(condition.Value, a.Value, b.Value));

    /// <summary>y = the largest of the values.</summary>
    public static void Max(ReadOnlySpan<Buffer> values, Buffer y) => y.Set(Fold(values, maximum));

    /// <summary>y = the smallest of the values.</summary>
    public static void Min(ReadOnlySpan<Buffer> values, Buffer y) => y.Set(Fold(values, minimum));

    /// <summary>y = the mean of the values.</summary>
    public static void Mean(ReadOnlySpan<Buffer> values, Buffer y)
    {
        using var sum = Fold(values, static (a, b) => a.add(b));
        y.Set(sum.div(values.Length));
    }

    /// <summary>y = x within bounds.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="low">The lower bound.</param>
    /// <param name="high">The upper bound.</param>
    /// <param name="lowest">The lower bound, where it is no number of the graph.</param>
    /// <param name="highest">The upper bound, where it is no number of the graph.</param>
    public static void Clip(Buffer x, Buffer y, float? low = null, float? high = null, Buffer? lowest = null, Buffer? highest = null)
    {
        using var scope = NewDisposeScope();
        var raised = lowest is not null ? maximum(x.Value, lowest.Value.reshape([])) : low is { } l ? x.Value.clamp_min(l) : x.Value;
        y.Set(highest is not null ? minimum(raised, highest.Value.reshape([])) : high is { } h ? raised.clamp_max(h) : raised.alias());
    }

    /// <summary>y = x·Φ(x), or its approximation by tanh; of x + bias where there is one.</summary>
    public static void Gelu(Buffer x, Buffer y, bool approximate = false, Buffer? bias = null)
    {
        using var scope = NewDisposeScope();
        var input = bias is null ? x.Value : x.Value.add(bias.Value);
        y.Set(approximate
            ? input.pow(3).mul(0.044715).add(input).mul(Math.Sqrt(2 / Math.PI)).tanh().add(1).mul(input).mul(0.5)
            : input.div(Math.Sqrt(2)).erf().add(1).mul(input).mul(0.5));
    }

    /// <summary>y = x·σ(αx).</summary>
    public static void Swish(Buffer x, Buffer y, float alpha = 1)
    {
        using var scope = NewDisposeScope();
        y.Set((alpha == 1 ? x.Value : x.Value.mul(alpha)).sigmoid().mul(x.Value));
    }

    /// <summary>y = the remainder of a/b, of the sign of b; of a where asked for.</summary>
    public static void Mod(Buffer a, Buffer b, Buffer y, bool ofDividend = false) => y.Set(ofDividend ? a.Value.fmod(b.Value) : a.Value.remainder(b.Value));

    /// <summary>y = x where it is above 0, α·(e^(x/α) - 1) elsewhere.</summary>
    public static void Celu(Buffer x, Buffer y, float alpha) => y.Set(x.Value.celu(alpha));

    /// <summary>y = x where it is above 0, α·(eˣ - 1) elsewhere.</summary>
    public static void Elu(Buffer x, Buffer y, float alpha) => y.Set(nn.functional.elu(x.Value, alpha));

    /// <summary>y = αx + β within 0 and 1.</summary>
    public static void HardSigmoid(Buffer x, Buffer y, float alpha, float beta)
    {
        using var line = x.Value.mul(alpha);
        line.add_(beta);
        y.Set(line.clamp(0, 1));
    }

    /// <summary>y = x·HardSigmoid(x) with α = 1/6 and β = 1/2.</summary>
    public static void HardSwish(Buffer x, Buffer y) => y.Set(nn.functional.hardswish(x.Value));

    /// <summary>y = x where it is above 0, αx elsewhere.</summary>
    public static void LeakyRelu(Buffer x, Buffer y, float alpha) => y.Set(nn.functional.leaky_relu(x.Value, alpha));

    /// <summary>y = x·tanh(ln(1 + eˣ)).</summary>
    public static void Mish(Buffer x, Buffer y) => y.Set(nn.functional.mish(x.Value));

    /// <summary>y = x where it is above 0, slope·x elsewhere.</summary>
    public static void PRelu(Buffer x, Buffer slope, Buffer y)
    {
        using var below = x.Value.lt(0);
        using var scaled = x.Value.mul(slope.Value);
        y.Set(where(below, scaled, x.Value));
    }

    /// <summary>y = γx where x is above 0, γα·(eˣ - 1) elsewhere.</summary>
    public static void Selu(Buffer x, Buffer y, float alpha, float gamma)
    {
        using var elu = nn.functional.elu(x.Value, alpha);
        y.Set(elu.mul(gamma));
    }

    /// <summary>y = x + bias below -λ, x - bias above λ, 0 between.</summary>
    public static void Shrink(Buffer x, Buffer y, float lambd, float bias)
    {
        using var low = x.Value.lt(-lambd);
        using var high = x.Value.gt(lambd);
        using var up = x.Value.add(bias);
        using var down = x.Value.sub(bias);
        using var fromLow = up.mul(low);
        using var fromHigh = down.mul(high);
        using var sum = fromLow.add(fromHigh);
        y.Set(sum.to(x.Value.dtype));
    }

    /// <summary>y = ln(1 + eˣ).</summary>
    public static void Softplus(Buffer x, Buffer y)
    {
        using var zero = zeros_like(x.Value);
        y.Set(logaddexp(x.Value, zero));
    }

    /// <summary>y = x/(1 + |x|).</summary>
    public static void Softsign(Buffer x, Buffer y)
    {
        using var size = x.Value.abs();
        size.add_(1);
        y.Set(x.Value.div(size));
    }

    /// <summary>y = x where it is above α, 0 elsewhere.</summary>
    public static void ThresholdedRelu(Buffer x, Buffer y, float alpha)
    {
        using var mask = x.Value.gt(alpha);
        y.Set(x.Value.mul(mask));
    }

    private static Tensor Fold(ReadOnlySpan<Buffer> values, Func<Tensor, Tensor, Tensor> combine)
    {
        var result = values[0].Value.alias();
        foreach (var value in values[1..])
        {
            using var before = result;
            result = combine(before, value.Value);
        }

        return result;
    }
}
