using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes.Recognition;

/// <summary>
/// Gelu (x/2·(1 + erf(x/√2)), or its approximation by tanh), Swish (x·σ(αx)), Mish (x·tanh(softplus x)) and HardSwish.
/// Leaves alone: a gate over another value than the one that it opens for.
/// </summary>
internal sealed class Activations(Graph graph) : Pattern(graph)
{
    /// <summary>A value as a product: a number times values that are no products of a number themselves.</summary>
    private sealed record Product(double Number, IReadOnlyList<string> Factors);

    protected override Found? Match(Node node)
    {
        if (node.Operator is not Elementwise { Name: "Mul" or "Div" })
        {
            return null;
        }

        var whole = ProductOf(node.Output);
        foreach (var gate in whole.Factors.Distinct())
        {
            foreach (var (input, scale, operation) in Gates(gate))
            {
                var x = ProductOf(input);
                if (Same(whole.Number, scale * x.Number) && x.Factors.Append(gate).OrderBy(f => f, StringComparer.Ordinal).SequenceEqual(whole.Factors.OrderBy(f => f, StringComparer.Ordinal)))
                {
                    return new(operation, input);
                }
            }
        }

        return null;
    }

    /// <summary>What a factor may be the gate of: the input x and the number by which both are multiplied.</summary>
    private IEnumerable<(string Input, double Scale, Operator Operator)> Gates(string gate)
    {
        if (Function(gate, "Sigmoid") is { } inner)
        {
            yield return (inner, 1, new Swish("Swish", 1));
            if (Scaled(inner) is { } scaled)
            {
                yield return (scaled.Value, 1, new Swish("Swish", (float)scaled.Number));
            }
        }

        if (Plus(gate, 1) is { } sum && Function(sum, "Erf") is { } error && Scaled(error) is { } root && Same(root.Number, Math.Sqrt(0.5)))
        {
            yield return (root.Value, 0.5, new Gelu("Gelu", Approximate: false));
        }

        if (Plus(gate, 1) is { } near && Function(near, "Tanh") is { } cubic && Scaled(cubic) is { } outer && Same(outer.Number, Math.Sqrt(2 / Math.PI)) && CubicOf(outer.Value) is { } x)
        {
            yield return (x, 0.5, new Gelu("Gelu", Approximate: true));
        }

        if (Function(gate, "Tanh") is { } tanh && Function(tanh, "Softplus") is { } soft)
        {
            yield return (soft, 1, Named("Mish"));
        }

        if (Producer(gate) is { Operator: Elementwise { Name: "HardSigmoid" } hard } sigmoid && Same(hard.Floats[0].Value, 1 / 6.0) && Same(hard.Floats[1].Value, 0.5))
        {
            yield return (sigmoid.Inputs[0], 1, Named("HardSwish"));
        }

        if (Producer(gate) is { Operator: Clip { Low: 0, High: 6 } } clip && Plus(clip.Inputs[0], 3) is { } shifted)
        {
            yield return (shifted, 1 / 6.0, Named("HardSwish"));
        }
    }

    /// <summary>The x of x + 0.044715·x³.</summary>
    private string? CubicOf(string value)
    {
        if (Producer(value) is not { Operator: Sum, Inputs.Count: 2 } sum)
        {
            return null;
        }

        return Enumerable.Range(0, 2).Where(i =>
        {
            var term = ProductOf(sum.Inputs[1 - i]);
            var x = ProductOf(sum.Inputs[i]);
            return Same(term.Number, 0.044715 * Math.Pow(x.Number, 3))
                && term.Factors.SelectMany(Cube).OrderBy(f => f, StringComparer.Ordinal).SequenceEqual(x.Factors.SelectMany(f => Enumerable.Repeat(f, 3)).OrderBy(f => f, StringComparer.Ordinal));
        }).Select(i => sum.Inputs[i]).FirstOrDefault();
    }

    private IEnumerable<string> Cube(string factor)
        => Producer(factor) is { Operator: Elementwise { Name: "Pow" } } power && Number(power.Inputs[1]) is { } exponent && exponent is 2 or 3
            ? Enumerable.Repeat(power.Inputs[0], (int)exponent).SelectMany(f => ProductOf(f) is { Number: 1 } product ? product.Factors : [f])
            : [factor];

    // No pattern is deeper, and each level may double the factors.
    private Product ProductOf(string value, int depth = 4)
    {
        if (depth > 0 && Scaled(value) is { } scaled)
        {
            var inner = ProductOf(scaled.Value, depth - 1);
            return inner with { Number = inner.Number * scaled.Number };
        }

        if (depth > 0 && Producer(value) is { Operator: Elementwise { Name: "Mul" } } node)
        {
            var (a, b) = (ProductOf(node.Inputs[0], depth - 1), ProductOf(node.Inputs[1], depth - 1));
            return new Product(a.Number * b.Number, [.. a.Factors, .. b.Factors]);
        }

        return new Product(1, [value]);
    }

    private static Elementwise Named(string name) => new(Elementwise.Functions.First(f => f.Name == name), new([]));
}
