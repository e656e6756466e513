using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes.Recognition;

/// <summary>
/// LayerNormalization, as PyTorch's exporter writes it ((x − μ)/√(σ²+ε)·γ + β) and as TensorFlow's does (x·g + (β − μ·g) with g = γ/√(σ²+ε)),
/// and RMSNormalization (x/√(mean x² + ε)·γ). Leaves alone: those without a scale, or over other axes than the last ones.
/// </summary>
internal sealed class LayerNorms(Graph graph) : Pattern(graph)
{
    /// <summary>What is normalized, from which axis on, and how.</summary>
    private sealed record Normalized(string X, int Axis, double Epsilon, bool IsCentered);

    protected override Found? Match(Node node)
    {
        var (product, bias) = node.Operator is Sum && WithWeight(node) is { } sum ? (Producer(sum.Value), sum.Weight) : (node, null);
        var found = product is { Operator: Elementwise { Name: "Mul" } } && WithWeight(product) is { } scaled && Producer(scaled.Value) is { } inner
            ? TimesPower(inner).Select(t => t.Exponent == -0.5 ? Of(t.Value, t.Base) : null).FirstOrDefault(n => n is not null) is { } normalized ? (normalized, scaled.Weight, bias) : null
            : node.Operator is Sum ? FusedScale(node) : null;
        if (found is not var (what, scale, shift) || Computed(what.X) is not { } shape || !shape.Equals(Graph.Shapes[node.Output]))
        {
            return null;
        }

        return what.IsCentered ? new(new LayerNormalization("LayerNormalization", what.Axis, (float)what.Epsilon, HasSkip: false), shift is null ? [what.X, scale] : [what.X, scale, shift])
            : shift is null ? new(new RMSNormalization("RMSNormalization", what.Axis, (float)what.Epsilon, HasSkip: false), what.X, scale)
            : null;
    }

    /// <summary>x·g + (β − μ·g).</summary>
    private (Normalized, string Scale, string? Bias)? FusedScale(Node node)
    {
        for (var i = 0; i < node.Inputs.Count && node.Inputs.Count == 2; i++)
        {
            if (Producer(node.Inputs[i]) is { Operator: Elementwise { Name: "Mul" } } scaled
                && Producer(node.Inputs[1 - i]) is { Operator: Elementwise { Name: "Sub" } } shift && WithWeight(shift) is { } bias && shift.Inputs[0] == bias.Weight
                && Producer(bias.Value) is { Operator: Elementwise { Name: "Mul" } } shifted
                && scaled.Inputs.Intersect(shifted.Inputs).ToList() is [var factor]
                && Producer(factor) is { Operator: Elementwise { Name: "Mul" } } product && WithWeight(product) is { } gamma && PowerOf(gamma.Value) is { Exponent: -0.5 } root)
            {
                var (x, mean) = (scaled.Inputs.First(v => v != factor), shifted.Inputs.First(v => v != factor));
                return Of(x, mean, root.Value) is { } normalized ? (normalized, gamma.Weight, bias.Weight) : null;
            }
        }

        return null;
    }

    /// <summary>A numerator over the root of a radicand.</summary>
    private Normalized? Of(string numerator, string radicand)
    {
        if (Producer(numerator) is { Operator: Elementwise { Name: "Sub" } } centered)
        {
            return Of(centered.Inputs[0], centered.Inputs[1], radicand);
        }

        return Shifted(radicand) is { } sum && MeanOf(sum.Value) is { } mean && SquareOf(mean.Value) == numerator && First(numerator, mean.Axes) is { } axis
            ? new(numerator, axis, sum.Number, IsCentered: false)
            : null;
    }

    /// <summary>x − μ over the root of σ²+ε.</summary>
    private Normalized? Of(string x, string mean, string radicand)
        => MeanOf(mean) is { } center && center.Value == x
            && Shifted(radicand) is { } sum && MeanOf(sum.Value) is { } variance && variance.Axes.Equals(center.Axes)
            && SquareOf(variance.Value) is { } difference && Producer(difference) is { Operator: Elementwise { Name: "Sub" } } centered
            && centered.Inputs[0] == x && MeanOf(centered.Inputs[1]) is { } same && same.Value == x && same.Axes.Equals(center.Axes)
            && First(x, center.Axes) is { } axis
            ? new(x, axis, sum.Number, IsCentered: true)
            : null;

    /// <summary>The first of axes that are the last ones of a value.</summary>
    private int? First(string x, EquatableList<long> axes)
        => Computed(x) is { } shape && axes.Count > 0 && axes.SequenceEqual(Enumerable.Range(shape.Rank - axes.Count, axes.Count).Select(a => (long)a)) ? shape.Rank - axes.Count : null;
}
