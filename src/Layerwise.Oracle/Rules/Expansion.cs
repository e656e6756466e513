using Layerwise.Oracle.Steps;

namespace Layerwise.Oracle.Rules;

/// <summary>Local response normalization in proportion to the terms of its Taylor expansion (Binder et al. 2016).</summary>
internal sealed class Expansion(OracleLayer layer, LocalResponse response, IReadOnlyList<double> relevance, OracleRule rule) : Propagation
{
    private readonly double?[] _sums = new double?[layer.Count];

    public override double Of(int at) => response.SeenBy(at).Sum(output => relevance[output] == 0 ? 0 : response.Term(output, at) * relevance[output] / Stabilized(output));

    public override (double Bias, double Stabilizer) Kept()
        => (0, Enumerable.Range(0, layer.Count).Where(o => relevance[o] != 0).Sum(o => relevance[o] / Stabilized(o) * (Stabilized(o) - Sum(o))));

    private double Sum(int output) => _sums[output] ??= response.Seen(output).Sum(element => response.Term(output, element));

    private double Stabilized(int output) => rule.Stabilizer.NormScale
        ? throw new NoReferenceException("Taylor with a scaled stabilizer")
        : rule.Stabilizer.Of(Sum(output), rule.Stabilizer.Epsilon);
}
