namespace Layerwise.Oracle.Rules;

/// <summary>The Norm rule of any function: x ⊙ Jᵀ(R / stab(f(x))).</summary>
internal sealed class Proportion(OracleLayer layer, IReadOnlyList<double> relevance, OracleRule rule) : Propagation
{
    private readonly Backward _derivative = new(
        layer,
        o => relevance[o] == 0 ? 0 : relevance[o] / rule.Stabilizer.Of(layer[o], rule.Stabilizer.NormScale ? throw new NoReferenceException($"{rule.Name} with a scaled stabilizer on a layer that is not linear") : rule.Stabilizer.Epsilon),
        (_, _) => null,
        Backward.Activation(new OracleRule(RuleName.Gradient)));

    public override double Of(int at) => layer.Tape[at] * _derivative.Of(at);

    public override (double Bias, double Stabilizer) Kept() => (0, Enumerable.Range(0, layer.Count).Where(o => relevance[o] != 0).Sum(o =>
    {
        var stabilized = rule.Stabilizer.Of(layer[o], rule.Stabilizer.Epsilon);
        return relevance[o] / stabilized * (stabilized - layer[o]);
    }));
}
