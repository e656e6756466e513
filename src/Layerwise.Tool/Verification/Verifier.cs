using Layerwise.Oracle;
using Layerwise.Oracle.Graph;
using static TorchSharp.torch;

namespace Layerwise.Tool.Verification;

/// <summary>Compares an emitted network with the oracle, layer by layer: each layer on the values and the relevance that the network itself had there.</summary>
/// <param name="host">The network.</param>
/// <param name="model">The same model as the oracle reads it.</param>
/// <param name="budget">How many multiplications the oracle may spend on a layer; beyond that it takes samples of the elements.</param>
/// <param name="random">By which chance.</param>
internal sealed class Verifier(ModelHost host, OracleModel model, long budget, Random random)
{
    // Of a derivative there is nothing to add up.
    private readonly bool _addsUp = host.Compiled.Layers.Any(l => l.Leak is not null);

    /// <summary>Explains one sample and compares.</summary>
    /// <param name="inputs">The sample, with a batch of one where the model has a batch.</param>
    /// <param name="target">What is explained.</param>
    /// <param name="at">Is told which layer it is at.</param>
    /// <returns>Where relevance went, <c>null</c> of a derivative, and each layer.</returns>
    public (Conservation? Balance, IReadOnlyList<VerifiedLayer> Layers) Run(Tensor[] inputs, Target target, Action<string> at)
    {
        using var scope = NewDisposeScope();
        var layers = host.Network.Layers;
        using var why = host.Network.Explain(inputs, target, new ExplainOptions { Conservation = _addsUp, Keep = layers });
        var values = host.Network.Inputs.Zip(inputs, (port, tensor) => (port.Name, Value: Numbers(tensor))).ToDictionary(i => i.Name, i => i.Value);
        foreach (var layer in layers)
        {
            values.TryAdd(layer.Output, Numbers(why.At(layer).Activation));
        }

        var shapes = values.ToDictionary(v => v.Key, v => v.Value.Shape);
        var balance = _addsUp ? why.Conservation : null;
        return (balance, [.. layers.Select((layer, i) =>
        {
            at($"{layer.Name} ({i + 1} of {layers.Count})");
            return Account(Compare(i, why, values, shapes), balance);
        })]);
    }

    private static VerifiedLayer Account(VerifiedLayer layer, Conservation? balance) => balance?.Layers.FirstOrDefault(l => ReferenceEquals(l.Layer, layer.Layer)) is not { } own ? layer : layer with
    {
        Taken = own.Taken,
        Given = own.Given,
        BiasShare = own.BiasShare,
        StabilizerShare = own.StabilizerShare,
        Gap = Math.Abs(own.Gap),
        RelativeGap = Math.Abs(own.Gap) / Math.Abs(balance.Target),
    };

    private VerifiedLayer Compare(int index, Explanation why, Dictionary<string, Grid> values, Dictionary<string, int[]> shapes)
    {
        var (layer, planned) = (host.Network.Layers[index], host.Compiled.Layers[index].Planned);
        var (own, result) = (why.At(layer), new VerifiedLayer(layer));
        string[] names = [.. layer.Inputs.Where(values.ContainsKey).Distinct()];
        try
        {
            var reference = OracleLayer.Of(model, names, [.. names.Select(name => values[name])], layer.Output, shapes);
            var activation = values[layer.Output];
            if (reference.Count != activation.Values.Length)
            {
                return result with { ActivationDifference = double.PositiveInfinity };
            }

            result = result with
            {
                ActivationDifference = Difference(LayerSample.Outputs(reference, random, budget).Select(o => (o.Value, activation.Values[o.Element])), activation.Largest),
                IsWhole = 2 * reference.Entries <= budget,
            };
            var given = names.Select(name => GivenTo(why, own, name, values[name])).ToList();
            if (own.Relevance is null || planned is null || given.All(g => g is null))
            {
                return result;
            }

            var relu = planned.Relu is { } rule ? ReferenceRule.Of(rule) : null;
            var relevance = reference.Propagate(Numbers(own.Relevance).Values, ReferenceRule.Of(planned.Rule), relu);
            return result with
            {
                RelevanceDifference = Difference(LayerSample.Inputs(reference, relevance, random, budget).Where(i => given[i.Input] is not null).Select(i => (i.Value, given[i.Input]![i.Element])), given.Max(g => g?.Max(Math.Abs) ?? 0)),
            };
        }
        catch (NoReferenceException e)
        {
            return result with { NoReference = e.Message };
        }
    }

    /// <summary>The relevance that a layer gives to a value; <c>null</c> where the network does not tell it from what others give.</summary>
    private double[]? GivenTo(Explanation why, LayerExplanation own, string name, Grid value)
    {
        if (!_addsUp)
        {
            // Without a balance it is known where nobody else reads the value.
            var readers = host.Network.Layers.Where((l, i) => host.Compiled.Layers[i].Planned is not null && l.Inputs.Contains(name)).ToList();
            return readers.Count == 1 && why.Layers.FirstOrDefault(l => l.Layer.Output == name) is { Relevance: { } relevance } ? Numbers(relevance).Values : null;
        }

        // A value that a layer reads twice has both shares.
        var sum = new double[value.Values.Length];
        for (var i = 0; i < own.Given.Count; i++)
        {
            if (own.Layer.Inputs[i] == name && own.Given[i] is { } share)
            {
                var numbers = Numbers(share).Values;
                for (var e = 0; e < sum.Length; e++)
                {
                    sum[e] += numbers[e];
                }
            }
        }

        return sum;
    }

    private static double Difference(IEnumerable<(double Expected, double Actual)> pairs, double largest)
    {
        var worst = 0.0;
        foreach (var (expected, actual) in pairs)
        {
            // NaN on one side alone is a difference.
            var difference = expected.Equals(actual) ? 0 : Math.Abs(expected - actual);
            (worst, largest) = (double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference), Math.Max(largest, Math.Abs(expected)));
        }

        return worst == 0 ? 0 : worst / largest;
    }

    private static Grid Numbers(Tensor tensor)
    {
        using var numbers = tensor.to(ScalarType.Float64).contiguous();
        return new Grid(numbers.data<double>().ToArray(), [.. tensor.shape.Select(d => (int)d)]);
    }
}
