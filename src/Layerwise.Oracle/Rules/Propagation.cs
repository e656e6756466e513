using Layerwise.Oracle.Linear;
using Layerwise.Oracle.Steps;

namespace Layerwise.Oracle.Rules;

/// <summary>How relevance goes back through a layer: element by element of what stands on the tape.</summary>
internal abstract class Propagation
{
    /// <summary>The relevance of a value of the tape.</summary>
    public abstract double Of(int at);

    /// <summary>What the biases and the stabilizers keep.</summary>
    public virtual (double Bias, double Stabilizer) Kept() => (0, 0);

    public virtual double Conditioning => 1;

    /// <summary>The way that a rule takes through a layer.</summary>
    /// <exception cref="NoReferenceException">There is none.</exception>
    public static Propagation Of(OracleLayer layer, IReadOnlyList<double> relevance, OracleRule rule, OracleRule? activation)
    {
        NoReferenceException None() => new($"{rule.Name} on {string.Join(" + ", layer.Tape.Steps.Select(s => s.Step.Name).Prepend("a layer").Distinct())}");
        var steps = layer.Tape.Steps.Select(s => s.Step).ToList();
        var readings = steps.SelectMany(s => s.Arguments).Append(layer.Reading).ToList();
        switch (rule.Name)
        {
            case RuleName.Pass:
                return layer.Inputs is [var only] && only.Values.Length == layer.Count ? new Passing(relevance) : throw None();
            case RuleName.SignalTakeAll:
                return Gate.SignalOf(layer) is { } signal ? new Backward(layer, o => relevance[o], (_, _) => null, (step, k, element, r) => step == signal.Product && k == signal.Signal ? r(element) : 0) : throw None();
            case RuleName.Taylor:
                return LocalResponses.Of(layer) is { } response ? new Expansion(layer, response, relevance, rule) : throw None();
            case RuleName.Gradient:
                return new Backward(layer, o => relevance[o], (_, _) => null, Backward.Activation(activation ?? rule));
            case RuleName.DeconvNet or RuleName.GuidedBackprop or RuleName.BetaSmooth:
                return steps is [ElementFunction { Name: "Relu" }] ? new Backward(layer, o => relevance[o], (_, _) => null, Backward.Activation(rule)) : throw None();
            case RuleName.Proportional:
                return steps is [Maximum maximum] ? new Backward(layer, o => relevance[o], (_, _) => null, Backward.Activation(rule), maximum, rule) : throw None();
        }

        if (Part.Of(rule, layer.Bound(rule.Low), layer.Bound(rule.High)) is not { } parts)
        {
            throw None();
        }

        var main = readings.Where(r => !r.Map.OnlyMoves).ToList();
        if (main.Count == 0 && steps.Count == 0)
        {
            main = [layer.Reading];
        }

        if (main is [var linear] && steps.All(s => s is ElementFunction { Arguments.Count: 1 }))
        {
            var samples = layer.Shape is [var first and > 0, ..] && linear.Count % first == 0 ? first : 1;
            return new Backward(
                layer,
                o => relevance[o],
                (reading, r) => reading == linear ? [.. parts.Select(p => new SharedOut(reading, p, rule, r, samples))] : null,
                Backward.Activation(activation ?? new OracleRule(RuleName.Pass)));
        }

        return rule.Name is RuleName.Norm or RuleName.Epsilon ? new Proportion(layer, relevance, rule) : throw None();
    }

    /// <summary>As it is.</summary>
    private sealed class Passing(IReadOnlyList<double> relevance) : Propagation
    {
        public override double Of(int at) => relevance[at];
    }
}
