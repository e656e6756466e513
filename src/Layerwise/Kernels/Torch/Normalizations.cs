using static TorchSharp.torch;

namespace Layerwise.Kernels;

// Values brought to the same mean and size.
public static partial class Torch
{
    /// <summary>y = (x − μ)/√(σ²+ε)·γ + β along the channels, with parameters that are values.</summary>
    public static void BatchNormalization(Buffer x, Buffer scale, Buffer bias, Buffer mean, Buffer variance, Buffer y, float epsilon)
    {
        using var scope = NewDisposeScope();
        var factor = AlongChannels(variance, x).add(epsilon).rsqrt().mul(AlongChannels(scale, x));
        y.Set(x.Value.sub(AlongChannels(mean, x)).mul(factor).add(AlongChannels(bias, x)));
    }

    /// <summary>y = (x − μ)/√(σ²+ε)·γ + β with the mean and variance of each channel of each sample.</summary>
    public static void InstanceNormalization(Buffer x, Buffer scale, Buffer bias, Buffer y, float epsilon)
    {
        using var scope = NewDisposeScope();
        var (normal, _, _) = Normal(x.Value, SpatialAxes(x), epsilon);
        y.Set(normal.mul(AlongChannels(scale, x)).add(AlongChannels(bias, x)));
    }

    /// <summary>y = (x − μ)/√(σ²+ε)·γ + β with the mean and variance over all axes from one on.</summary>
    /// <param name="x">x.</param>
    /// <param name="scale">γ.</param>
    /// <param name="y">y.</param>
    /// <param name="axis">The first normalized axis.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="bias">β.</param>
    /// <param name="skip">What is added to x before.</param>
    /// <param name="skipBias">What is added as well.</param>
    /// <param name="mean">μ.</param>
    /// <param name="inverseDeviation">1/√(σ²+ε).</param>
    /// <param name="sum">What was normalized.</param>
    public static void LayerNormalization(
        Buffer x, Buffer scale, Buffer y, int axis, float epsilon, Buffer? bias = null, Buffer? skip = null, Buffer? skipBias = null, Buffer? mean = null, Buffer? inverseDeviation = null, Buffer? sum = null)
    {
        using var scope = NewDisposeScope();
        var input = WithSkip(x, skip, skipBias);
        var (normal, center, inverse) = Normal(input, AxesFrom(axis, x), epsilon);
        var scaled = normal.mul(scale.Value);
        y.Set(bias is null ? scaled : scaled.add(bias.Value));
        mean?.Set(center);
        inverseDeviation?.Set(inverse);
        sum?.Set(input);
    }

    /// <summary>y = x/√(mean x² + ε)·γ over all axes from one on.</summary>
    /// <param name="x">x.</param>
    /// <param name="scale">γ.</param>
    /// <param name="y">y.</param>
    /// <param name="axis">The first normalized axis.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="skip">What is added to x before.</param>
    /// <param name="skipBias">What is added as well.</param>
    /// <param name="inverseRoot">1/√(mean x² + ε).</param>
    /// <param name="sum">What was normalized.</param>
    public static void RMSNormalization(
        Buffer x, Buffer scale, Buffer y, int axis, float epsilon, Buffer? skip = null, Buffer? skipBias = null, Buffer? inverseRoot = null, Buffer? sum = null)
    {
        using var scope = NewDisposeScope();
        var input = WithSkip(x, skip, skipBias);
        var inverse = input.square().mean(AxesFrom(axis, x), keepdim: true).add(epsilon).rsqrt();
        y.Set(input.mul(inverse).mul(scale.Value));
        inverseRoot?.Set(inverse);
        sum?.Set(input);
    }

    /// <summary>y = (x − μ)/√(σ²+ε)·γ + β with the mean and variance of each group of channels; γ and β have one number a channel or a group.</summary>
    public static void GroupNormalization(Buffer x, Buffer scale, Buffer bias, Buffer y, long groups, float epsilon)
    {
        using var scope = NewDisposeScope();
        var shape = x.Value.shape;
        var (normal, _, _) = Normal(x.Value.reshape(shape[0], groups, -1), [2], epsilon);
        Tensor PerChannel(Buffer parameter) => parameter.Value.repeat_interleave(shape[1] / parameter.Value.shape[0], 0).reshape([-1, .. Enumerable.Repeat(1L, shape.Length - 2)]);
        y.Set(normal.reshape(shape).mul(PerChannel(scale)).add(PerChannel(bias)));
    }

    /// <summary>y = x/(Σ|x|ᵖ)^(1/p) along an axis; 0 stays 0.</summary>
    public static void LpNormalization(Buffer x, Buffer y, int axis, long p)
    {
        using var scope = NewDisposeScope();
        var norm = p == 1 ? x.Value.abs().sum(axis, keepdim: true) : x.Value.square().sum(axis, keepdim: true).sqrt();
        y.Set(x.Value.div(norm.add(norm.eq(0))));
    }

    /// <summary>y = x/(k + α/n·Σx²)^β over n neighbouring channels.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="size">n.</param>
    /// <param name="alpha">α.</param>
    /// <param name="beta">β.</param>
    /// <param name="bias">k.</param>
    public static void LRN(Buffer x, Buffer y, long size, float alpha, float beta, float bias)
    {
        using var scope = NewDisposeScope();
        y.Set(x.Value.div(Neighbours(x.Value.square(), size).mul(alpha / size).add(bias).pow(beta)));
    }

    // The sum over n neighbouring channels, of which one more may stand behind than before.
    private static Tensor Neighbours(Tensor x, long size)
    {
        var (before, behind) = ((size - 1) / 2, size / 2);
        Tensor Zeros(long channels) => zeros([x.shape[0], channels, .. x.shape[2..]], x.dtype, x.device);
        return cat([Zeros(before), x, Zeros(behind)], 1).unfold(1, size, 1).sum(-1);
    }

    private static (Tensor Normal, Tensor Mean, Tensor Inverse) Normal(Tensor x, long[] axes, float epsilon)
    {
        var mean = x.mean(axes, keepdim: true);
        var centered = x.sub(mean);
        var inverse = centered.square().mean(axes, keepdim: true).add(epsilon).rsqrt();
        return (centered.mul(inverse), mean, inverse);
    }

    private static Tensor WithSkip(Buffer x, Buffer? skip, Buffer? bias)
    {
        var sum = skip is null ? x.Value.alias() : x.Value.add(skip.Value);
        return bias is null ? sum : sum.add(bias.Value);
    }

    private static long[] AxesFrom(int axis, Buffer x) => [.. Enumerable.Range(axis, x.Dims.Count - axis).Select(a => (long)a)];

    private static Tensor AlongChannels(Buffer parameter, Buffer x) => parameter.Value.reshape([-1, .. Enumerable.Repeat(1L, x.Dims.Count - 2)]);
}
