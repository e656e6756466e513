using static TorchSharp.torch;

namespace Layerwise.Kernels;

// Transposed derivatives of products and normalizations.
public static partial class Torch
{
    /// <summary>r = s·Bᵀ, for the left factor of A·B.</summary>
    public static void MatMulLeftBack(Buffer s, Buffer right, Buffer r, Buffer? like = null)
    {
        using var scope = NewDisposeScope();
        var shape = like?.Shape ?? [.. r.Dims];
        var b = right.Value.dim() == 1 ? right.Value.unsqueeze(1) : right.Value;
        var product = Matrix(s.Value, shape.Length == 1, right.Value.dim() == 1).matmul(b.transpose(-1, -2));
        r.Set(SumTo(shape.Length == 1 ? product.squeeze(-2) : product, shape));
    }

    /// <summary>r = Aᵀ·s, for the right factor of A·B.</summary>
    public static void MatMulRightBack(Buffer s, Buffer left, Buffer r, Buffer? like = null)
    {
        using var scope = NewDisposeScope();
        var shape = like?.Shape ?? [.. r.Dims];
        var a = left.Value.dim() == 1 ? left.Value.unsqueeze(0) : left.Value;
        var product = a.transpose(-1, -2).matmul(Matrix(s.Value, left.Value.dim() == 1, shape.Length == 1));
        r.Set(SumTo(shape.Length == 1 ? product.squeeze(-1) : product, shape));
    }

    /// <summary>Of y = (x − μ)/√(σ²+ε)·γ + β over all axes from one on: r = (g − mean g − n·mean(g·n))/√(σ²+ε) with g = s·γ and n normal.</summary>
    public static void LayerNormalizationBack(Buffer s, Buffer x, Buffer scale, Buffer r, int axis, float epsilon, Buffer? skip = null, Buffer? skipBias = null)
    {
        using var scope = NewDisposeScope();
        r.Set(NormalBack(s.Value.mul(scale.Value), WithSkip(x, skip, skipBias), AxesFrom(axis, x), epsilon));
    }

    /// <summary>Of y = x/√(mean x² + ε)·γ: r = (g − n·mean(g·n))/√(mean x² + ε) with g = s·γ and n normal.</summary>
    public static void RMSNormalizationBack(Buffer s, Buffer x, Buffer scale, Buffer r, int axis, float epsilon, Buffer? skip = null, Buffer? skipBias = null)
    {
        using var scope = NewDisposeScope();
        var axes = AxesFrom(axis, x);
        var input = WithSkip(x, skip, skipBias);
        var inverse = input.square().mean(axes, keepdim: true).add(epsilon).rsqrt();
        var (g, normal) = (s.Value.mul(scale.Value), input.mul(inverse));
        r.Set(g.sub(normal.mul(g.mul(normal).mean(axes, keepdim: true))).mul(inverse));
    }

    /// <summary>As <see cref="LayerNormalizationBack"/>, over the spatial axes of each channel.</summary>
    public static void InstanceNormalizationBack(Buffer s, Buffer x, Buffer scale, Buffer r, float epsilon)
    {
        using var scope = NewDisposeScope();
        r.Set(NormalBack(s.Value.mul(AlongChannels(scale, x)), x.Value, SpatialAxes(x), epsilon));
    }

    /// <summary>As <see cref="LayerNormalizationBack"/>, over each group of channels.</summary>
    public static void GroupNormalizationBack(Buffer s, Buffer x, Buffer scale, Buffer r, long groups, float epsilon)
    {
        using var scope = NewDisposeScope();
        var shape = x.Value.shape;
        var perChannel = scale.Value.repeat_interleave(shape[1] / scale.Value.shape[0], 0).reshape([-1, .. Enumerable.Repeat(1L, shape.Length - 2)]);
        var g = s.Value.mul(perChannel).reshape(shape[0], groups, -1);
        r.Set(NormalBack(g, x.Value.reshape(shape[0], groups, -1), [2], epsilon).reshape(shape));
    }

    /// <summary>Of y = x/‖x‖ₚ along an axis: r = (s − ‖x‖'·Σs·y)/‖x‖ₚ with ‖x‖' = sign x or y.</summary>
    public static void LpNormalizationBack(Buffer s, Buffer x, Buffer r, int axis, long p)
    {
        using var scope = NewDisposeScope();
        var norm = p == 1 ? x.Value.abs().sum(axis, keepdim: true) : x.Value.square().sum(axis, keepdim: true).sqrt();
        norm = norm.add(norm.eq(0));
        var y = x.Value.div(norm);
        var total = s.Value.mul(y).sum(axis, keepdim: true);
        r.Set(s.Value.sub((p == 1 ? x.Value.sign() : y).mul(total)).div(norm));
    }

    /// <summary>Of y = x/dᵝ with d = k + α/n·Σx²: r = s/dᵝ − 2αβ/n·x·Σ s·x/d^(β+1) over the neighbours that see x.</summary>
    public static void LRNBack(Buffer s, Buffer x, Buffer r, long size, float alpha, float beta, float bias)
    {
        using var scope = NewDisposeScope();
        var d = Neighbours(x.Value.square(), size).mul(alpha / size).add(bias);
        var shares = s.Value.mul(x.Value).mul(d.pow(-beta - 1));

        // Who sees x is who x would see, the channels counted from the other end.
        var seen = Neighbours(shares.flip(1), size).flip(1);
        r.Set(s.Value.mul(d.pow(-beta)).sub(x.Value.mul(seen).mul(2 * alpha * beta / size)));
    }

    /// <summary>z = what each channel would give alone, less what its neighbours take from it: x/(k + α/n·x²)ᵝ − 2αβ/n·x·Σx'²/d^(β+1) with d of <see cref="LRN"/> and x' the others.</summary>
    public static void LRNTaylor(Buffer x, Buffer z, long size, float alpha, float beta, float bias)
    {
        using var scope = NewDisposeScope();
        var square = x.Value.square();
        var sum = Neighbours(square, size);
        var alone = x.Value.mul(square.mul(alpha / size).add(bias).pow(-beta));
        z.Set(alone.sub(Taken(x.Value, sum, alpha / size, beta, bias).mul(sum.sub(square))));
    }

    /// <summary>r = the terms of <see cref="LRNTaylor"/> that are x's own, times s.</summary>
    public static void LRNTaylorBack(Buffer s, Buffer x, Buffer r, long size, float alpha, float beta, float bias)
    {
        using var scope = NewDisposeScope();
        var square = x.Value.square();
        var alone = x.Value.mul(square.mul(alpha / size).add(bias).pow(-beta)).mul(s.Value);
        var shares = Taken(x.Value, Neighbours(square, size), alpha / size, beta, bias).mul(s.Value);
        var seen = Neighbours(shares.flip(1), size).flip(1).sub(shares);
        r.Set(alone.sub(square.mul(seen)));
    }

    // What a unit of a neighbour's square takes from a channel.
    private static Tensor Taken(Tensor x, Tensor sum, double scale, double beta, double bias) => x.mul(sum.mul(scale).add(bias).pow(-beta - 1)).mul(2 * scale * beta);


    /// <summary>What a derivative of <see cref="Attention"/> goes to.</summary>
    public enum AttentionPart
    {
        /// <summary>Q.</summary>
        Queries,

        /// <summary>K.</summary>
        Keys,

        /// <summary>V.</summary>
        Values,

        /// <summary>The mask.</summary>
        Mask,
    }

    /// <summary>r = the transposed derivative of <see cref="Attention"/> towards one of its inputs, times s.</summary>
    public static void AttentionBack(
        Buffer s, Buffer q, Buffer k, Buffer v, Buffer r, AttentionPart to, bool causal = false, float scale = 0, float cap = 0, long scoresAfter = 0, bool transposed = false, Buffer? mask = null)
    {
        using var scope = NewDisposeScope();
        var keys = transposed ? k.Value.transpose(-1, -2) : k.Value;
        var factor = scale != 0 ? scale : 1 / Math.Sqrt(q.Value.shape[3]);
        var masked = Mask(q.Value.matmul(keys.transpose(-1, -2)).mul(factor), mask?.Value, causal, 0);
        var flat = cap == 0 ? null : masked.div(cap).tanh();
        var shares = (flat is null ? masked : flat.mul(cap)).softmax(-1).nan_to_num(0, double.PositiveInfinity, double.NegativeInfinity);
        if (to == AttentionPart.Values)
        {
            r.Set(shares.transpose(-1, -2).matmul(s.Value));
            return;
        }

        var given = s.Value.matmul(v.Value.transpose(-1, -2)).mul(shares);
        var scores = given.sub(shares.mul(given.sum(-1, keepdim: true)));
        scores = flat is null ? scores : scores.mul(1 - flat.square());
        r.Set(to switch
        {
            AttentionPart.Queries => scores.matmul(keys).mul(factor),
            AttentionPart.Keys when transposed => q.Value.transpose(-1, -2).matmul(scores).mul(factor),
            AttentionPart.Keys => scores.transpose(-1, -2).matmul(q.Value).mul(factor),
            _ => SumTo(scores.narrow(-1, 0, mask!.Shape[^1]), mask.Shape),
        });
    }

    private static Tensor NormalBack(Tensor g, Tensor x, long[] axes, float epsilon)
    {
        var (normal, _, inverse) = Normal(x, axes, epsilon);
        var shares = g.sub(g.mean(axes, keepdim: true)).sub(normal.mul(g.mul(normal).mean(axes, keepdim: true)));
        return shares.mul(inverse);
    }

    // s with the axes that a vector among the factors left out.
    private static Tensor Matrix(Tensor s, bool leftIsVector, bool rightIsVector)
    {
        var matrix = rightIsVector ? s.unsqueeze(-1) : s.alias();
        return leftIsVector ? matrix.unsqueeze(-2) : matrix;
    }
}
