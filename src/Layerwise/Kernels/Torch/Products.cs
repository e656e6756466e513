using static TorchSharp.torch;

namespace Layerwise.Kernels;

// Products of values with values.
public static partial class Torch
{
    /// <summary>y = α·a·b + β·c of matrices.</summary>
    public static void Gemm(Buffer a, Buffer b, Buffer y, float alpha = 1, float beta = 1, bool transposeA = false, bool transposeB = false, Buffer? c = null)
    {
        using var scope = NewDisposeScope();
        var product = (transposeA ? a.Value.t() : a.Value).matmul(transposeB ? b.Value.t() : b.Value);
        product = alpha == 1 ? product : product.mul(alpha);
        y.Set(c is null ? product : product.add(beta == 1 ? c.Value : c.Value.mul(beta)));
    }

    /// <summary>y = Einstein's sum over named axes.</summary>
    public static void Einsum(ReadOnlySpan<Buffer> values, Buffer y, string equation)
    {
        var tensors = new Tensor[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            tensors[i] = values[i].Value;
        }

        y.Set(einsum(equation, tensors));
    }

    /// <summary>y = softmax(scale·q·kᵀ + mask)·v.</summary>
    /// <param name="q">Queries [N, heads, sequence, size].</param>
    /// <param name="k">Keys.</param>
    /// <param name="v">Values.</param>
    /// <param name="y">y.</param>
    /// <param name="causal">Whether a query sees no later key.</param>
    /// <param name="scale">The factor; 0 for 1/√size.</param>
    /// <param name="cap">c of c·tanh(x/c), which scores pass where it is not 0.</param>
    /// <param name="scoresAfter">What <paramref name="scores"/> holds: 0 products, 1 with the mask, 2 capped, 3 after the softmax.</param>
    /// <param name="transposed">Whether the keys come as [N, heads, size, sequence].</param>
    /// <param name="mask">What is added to the scores, or which of them count.</param>
    /// <param name="pastKeys">Keys before these.</param>
    /// <param name="pastValues">Values before these.</param>
    /// <param name="presentKeys">All keys.</param>
    /// <param name="presentValues">All values.</param>
    /// <param name="scores">The scores.</param>
    public static void Attention(
        Buffer q,
        Buffer k,
        Buffer v,
        Buffer y,
        bool causal = false,
        float scale = 0,
        float cap = 0,
        long scoresAfter = 0,
        bool transposed = false,
        Buffer? mask = null,
        Buffer? pastKeys = null,
        Buffer? pastValues = null,
        Buffer? presentKeys = null,
        Buffer? presentValues = null,
        Buffer? scores = null)
    {
        using var scope = NewDisposeScope();
        var own = transposed ? k.Value.transpose(-1, -2) : k.Value;
        var keys = pastKeys is null ? own : cat([pastKeys.Value, own], 2);
        var values = pastValues is null ? v.Value : cat([pastValues.Value, v.Value], 2);
        presentKeys?.Set(keys.clone());
        presentValues?.Set(values.clone());
        var products = q.Value.matmul(keys.transpose(-1, -2)).mul(scale != 0 ? scale : 1 / Math.Sqrt(q.Value.shape[3]));
        var masked = Mask(products, mask?.Value, causal, pastKeys is null ? 0 : pastKeys.Value.shape[2]);
        var capped = cap == 0 ? masked : masked.div(cap).tanh().mul(cap);

        // A query that sees nothing gives nothing.
        var shares = capped.softmax(-1).nan_to_num(0, double.PositiveInfinity, double.NegativeInfinity);
        scores?.Set((scoresAfter switch { 0 => products, 1 => masked, 2 => capped, _ => shares }).alias());
        y.Set(shares.matmul(values));
    }

    private static Tensor InHeads(Tensor x, long heads) => x.dim() == 4 ? x.alias() : x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);

    private static Tensor Mask(Tensor scores, Tensor? mask, bool causal, long past)
    {
        if (causal)
        {
            var seen = ones([scores.shape[2], scores.shape[3]], ScalarType.Bool, scores.device).tril(past);
            scores = scores.masked_fill(seen.logical_not(), double.NegativeInfinity);
        }

        if (mask is null)
        {
            return scores;
        }

        // A mask may end before the keys do: what it does not name does not count.
        var missing = scores.shape[3] - mask.shape[^1];
        long[] shape = [.. mask.shape[..^1], missing];
        var isTruth = mask.dtype == ScalarType.Bool;
        var whole = missing <= 0 ? mask : cat([mask, isTruth ? zeros(shape, ScalarType.Bool, mask.device) : full(shape, double.NegativeInfinity, mask.dtype, mask.device)], -1);
        return isTruth ? scores.masked_fill(whole.logical_not(), double.NegativeInfinity) : scores.add(whole);
    }

    /// <summary>y = x with pairs of features turned by the angle of their position.</summary>
    /// <param name="x">x: [N, heads, sequence, size] or [N, sequence, hidden].</param>
    /// <param name="cosines">Cosines: of positions, or of each place of the sequence.</param>
    /// <param name="sines">Sines.</param>
    /// <param name="y">y.</param>
    /// <param name="interleaved">Whether the pairs are neighbours rather than halves.</param>
    /// <param name="heads">Heads of an input of three dimensions.</param>
    /// <param name="size">Features of a head that are turned; 0 for all.</param>
    /// <param name="positions">The position of each place, [N, sequence].</param>
    public static void RotaryEmbedding(Buffer x, Buffer cosines, Buffer sines, Buffer y, bool interleaved = false, long heads = 0, long size = 0, Buffer? positions = null)
    {
        using var scope = NewDisposeScope();
        var input = InHeads(x.Value, heads).transpose(1, 2); // [N, sequence, heads, size]
        var turned = size == 0 ? input.shape[3] : size;
        Tensor Angles(Buffer cache)
        {
            var rows = positions is null ? cache.Value : cache.Value.index_select(0, positions.Value.to(ScalarType.Int64).flatten()).reshape([.. positions.Value.shape, -1]);
            return rows.narrow(-1, 0, turned / 2).unsqueeze(2);
        }

        var (part, rest) = (input.narrow(3, 0, turned), input.narrow(3, turned, input.shape[3] - turned));
        var (a, b) = interleaved
            ? (part.slice(3, 0, turned, 2), part.slice(3, 1, turned, 2))
            : (part.narrow(3, 0, turned / 2), part.narrow(3, turned / 2, turned / 2));
        var (cosine, sine) = (Angles(cosines), Angles(sines));
        var real = a.mul(cosine).sub(b.mul(sine));
        var imaginary = a.mul(sine).add(b.mul(cosine));
        var pairs = interleaved ? stack([real, imaginary], -1).flatten(3) : cat([real, imaginary], 3);
        var result = cat([pairs, rest], 3);
        y.Set(x.Value.dim() == 4 ? result.transpose(1, 2).contiguous() : result.reshape(x.Value.shape));
    }
}
