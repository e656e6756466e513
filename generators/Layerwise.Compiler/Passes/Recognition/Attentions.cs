using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes.Recognition;

/// <summary>
/// Attention over [N, heads, sequence, size]: softmax(scale·Q·Kᵀ + mask)·V. A scale that stands at Q or K stays there.
/// Leaves alone: where the scores or the shares have other readers, a mask that replaces scores (Where) or is broadcast along the keys, and heads that are not an axis of their own.
/// </summary>
internal sealed class Attentions(Graph graph) : Pattern(graph)
{
    protected override Found? Match(Node node)
    {
        if (node.Operator is not MatMul || Producer(node.Inputs[0]) is not { Operator: Softmax { IsLog: false, OverAllFromAxis: false } softmax } shares
            || Computed(node.Inputs[1]) is not { Rank: 4 } v || softmax.Axis != 3 || !IsInner(shares.Output))
        {
            return null;
        }

        var (scores, mask) = Producer(shares.Inputs[0]) is { Operator: Sum, Inputs.Count: 2 } sum && IsInner(sum.Output)
            ? Enumerable.Range(0, 2).Where(i => Products(sum.Inputs[i]) is not null).Select(i => (sum.Inputs[i], sum.Inputs[1 - i])).FirstOrDefault()
            : (shares.Inputs[0], null);
        if (scores is null || Products(scores) is not var (product, scale) || Computed(product.Inputs[0]) is not { Rank: 4 } q || Computed(product.Inputs[1]) is not { Rank: 4 } k
            || q[0] != k[0] || q[1] != k[1] || k[0] != v[0] || k[1] != v[1] || k[3] != v[2] || (mask is not null && !NamesEach(mask, v[2])))
        {
            return null;
        }

        var keys = product.Inputs[1];
        var turned = Producer(keys) is { Operator: Transpose { Permutation: var order } } transpose && order.SequenceEqual([0, 1, 3, 2]) ? transpose.Inputs[0] : null;
        return new(
            new Attention(IsCausal: false, (float)scale, Cap: 0, Scores: 0) { HasTransposedKeys = turned is null },
            [product.Inputs[0], turned ?? keys, node.Inputs[1], .. mask is null ? Array.Empty<string>() : [mask]]);
    }

    // The operator's own mask may end before the keys do; one that is broadcast along them is another thing.
    private bool NamesEach(string mask, Dim keys)
        => Computed(mask) is { Rank: > 0 } shape ? shape[shape.Rank - 1] == keys
            : Graph.Constants.TryGetValue(mask, out var constant) && !Graph.Known.ContainsKey(mask) && constant.Shape.Count > 0 && constant.Shape[constant.Shape.Count - 1] == keys.Count;

    /// <summary>Q·Kᵀ and the factor behind it.</summary>
    private (Node Product, double Scale)? Products(string scores)
        => !IsInner(scores) ? null
            : Producer(scores) is { Operator: MatMul } product ? (product, 1)
            : Scaled(scores) is { } scaled && IsInner(scaled.Value) && Producer(scaled.Value) is { Operator: MatMul } inner ? (inner, scaled.Number)
            : null;
}
