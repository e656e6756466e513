using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>
/// softmax(scale·Q·Kᵀ + mask)·V (Vaswani et al. 2017). Inputs: Q, K, V [N, heads, sequence, size], the mask,
/// past keys and values. Outputs: Y, present keys and values, the scores.
/// </summary>
/// <param name="IsCausal">Whether a query sees no later key.</param>
/// <param name="Scale">The factor; 0 for 1/√size.</param>
/// <param name="Cap">c of c·tanh(x/c), which scores pass where it is not 0.</param>
/// <param name="Scores">What the last output holds: 0 products, 1 with the mask, 2 capped, 3 after the softmax.</param>
public sealed record Attention(bool IsCausal, float Scale, float Cap, long Scores) : KernelOperator
{
    public static Operator Read(NodeReader node)
    {
        node.Ignore("softmax_precision", "q_num_heads", "kv_num_heads");
        return node.Int("qk_matmul_output_mode", 0) is >= 0 and <= 3 and var scores
            ? new Attention(node.Int("is_causal", 0) != 0, node.Float("scale", 0), node.Float("softcap", 0), scores)
            : throw node.Unsupported($"qk_matmul_output_mode = {node.Int("qk_matmul_output_mode", 0)} is not known", "It can be 0, 1, 2 or 3.");
    }

    /// <summary>Whether the keys come as [N, heads, size, sequence].</summary>
    public bool HasTransposedKeys { get; init; }

    /// <summary>Whether it reads or gives more than queries, keys, values and the mask; only a resolved operator knows.</summary>
    public bool HasPast { get; init; }

    public override string Name => "Attention";

    public override WayBack WayBack => HasPast ? WayBack.None : WayBack.Own;

    public override OperatorClass Class => OperatorClass.Attention;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("causal", IsCausal, false), ("scale", Scale, 0f), ("cap", Cap, 0f), ("scoresAfter", Scores, 0L), ("transposed", HasTransposedKeys, false));

    public override string? InputName(int input) => input switch
    {
        3 => "mask",
        4 => "pastKeys",
        5 => "pastValues",
        _ => null,
    };

    public override string? OutputName(int output) => output switch
    {
        1 => "presentKeys",
        2 => "presentValues",
        3 => "scores",
        _ => null,
    };

    public override Operator Resolve(NodeContext node) => this with { HasPast = node.Has(4) || node.Node.Outputs.Skip(1).Any(o => o.Length > 0) };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var (q, k, v) = (node.Shape(0), node.Shape(1), node.Shape(2));
        if (node.Has(6))
        {
            throw node.Unsupported("its input nonpad_kv_seqlen is not supported", "Export the model with an attention mask.");
        }

        // Releases of the standard read the same file differently: heads before or after the sequence, keys of a group in turn or in blocks.
        if (q.Rank == 3 || (q.Rank == 4 && k.Rank == 4 && q[1] != k[1]))
        {
            throw node.Unsupported(
                $"its queries {q} and keys {k} are of three dimensions, or several queries share keys; releases of the standard disagree on what that means",
                "Export the model with inputs [N, heads, sequence, size] and as many heads of keys as of queries.");
        }

        var past = node.Has(4) && node.Shape(4).Rank == 4 ? node.Shape(4)[2] : 0;
        return q.Rank == 4 && k.Rank == 4 && v.Rank == 4 && q[3] == k[3] && k[2] == v[2] && k[1] == v[1] && Dim.Add(k[2], past) is { } length
            ? [new Shape(q[0], q[1], q[2], v[3]), new Shape(k[0], k[1], length, k[3]), new Shape(v[0], v[1], length, v[3]), new Shape(q[0], q[1], q[2], length)]
            : throw node.ShapeError($"its queries {q}, keys {k} and values {v} do not fit each other");
    }

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [.. Enumerable.Repeat(node.Type(0), 4)];
}
