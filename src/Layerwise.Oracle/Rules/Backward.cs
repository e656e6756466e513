using Layerwise.Oracle.Linear;
using Layerwise.Oracle.Steps;

namespace Layerwise.Oracle.Rules;

/// <summary>Back through every reading and step of a layer: by the derivative, or where a rule says so by the rule.</summary>
internal sealed class Backward : Propagation
{
    /// <summary>What an element of a step's argument gets of the relevance of its values.</summary>
    public delegate double StepBack(Step step, int argument, int element, Func<int, double> relevance);

    private readonly OracleLayer _layer;
    private readonly List<(Reading Reading, int End, Func<int, double> Relevance, IReadOnlyList<SharedOut>? Shares)> _readings = [];
    private readonly double[] _known;
    private readonly Stack<RowBuffer> _free = new();

    /// <param name="layer">The layer.</param>
    /// <param name="relevance">The relevance of each of its outputs.</param>
    /// <param name="shares">The parts of a rule for a reading; <c>null</c> for one that goes by its derivative.</param>
    /// <param name="back">What a step does.</param>
    /// <param name="maximum">A maximum with the mean in its place.</param>
    /// <param name="rule">The rule of that mean.</param>
    public Backward(OracleLayer layer, Func<int, double> relevance, Func<Reading, Func<int, double>, IReadOnlyList<SharedOut>?> shares, StepBack back, Maximum? maximum = null, OracleRule? rule = null)
    {
        _layer = layer;
        _known = new double[layer.Tape.Count];
        Array.Fill(_known, double.NaN);
        Add(layer.Reading, layer.Tape.Count, relevance);
        foreach (var (step, first) in layer.Tape.Steps)
        {
            double Own(int output) => Of(first + output);
            for (var k = 0; k < step.Arguments.Count; k++)
            {
                var argument = k;
                if (step == maximum)
                {
                    var mean = new Reading(layer.Tape, maximum.Mean);
                    _readings.Add((mean, first, Own, [new SharedOut(mean, Part.Of(new OracleRule(RuleName.Norm), _ => 0, _ => 0)![0], rule!, Own, Math.Max(1, layer.Shape[0]))]));
                    continue;
                }

                Add(step.Arguments[k], first, Remembered(step.Arguments[k].Count, element => back(step, argument, element, Own)));
            }
        }

        void Add(Reading reading, int end, Func<int, double> r) => _readings.Add((reading, end, r, shares(reading, r)));
    }

    public override double Conditioning => Shares.Select(s => s.Conditioning).DefaultIfEmpty(1).Min();

    private IEnumerable<SharedOut> Shares => _readings.SelectMany(r => r.Shares ?? []);

    /// <summary>Activations by a rule: unchanged, by their derivative, or the Relu's of one of the methods that change it.</summary>
    public static StepBack Activation(OracleRule rule) => (step, argument, element, relevance) => (rule.Name, step) switch
    {
        (RuleName.Pass, ElementFunction { Arguments.Count: 1 }) => relevance(element),
        (RuleName.DeconvNet, ElementFunction { Name: "Relu" }) => Math.Max(0, relevance(element)),
        (RuleName.GuidedBackprop, ElementFunction { Name: "Relu" }) => step.Arguments[0][element] > 0 ? Math.Max(0, relevance(element)) : 0,
        (RuleName.BetaSmooth, ElementFunction { Name: "Relu" }) => relevance(element) / (1 + Math.Exp(-rule.Smoothness * step.Arguments[0][element])),
        _ => step.Back(argument, element, relevance),
    };

    public override double Of(int at)
    {
        ref var known = ref _known[at];
        return double.IsNaN(known) ? known = Sum(at) : known;
    }

    public override (double Bias, double Stabilizer) Kept()
    {
        var kept = Shares.Select(s => s.Kept()).ToList();
        return (kept.Sum(k => k.Bias), kept.Sum(k => k.Stabilizer));
    }

    private double Sum(int at)
    {
        var sum = 0.0;

        // A step reads what stands before it.
        foreach (var (reading, _, relevance, shares) in _readings.Where(r => at < r.End))
        {
            if (shares is not null)
            {
                sum += shares.Sum(s => s[at]);
                continue;
            }

            // Relevance that is asked for comes back here for other values, each with a buffer of its own.
            var column = _free.TryPop(out var free) ? free.Clear() : new RowBuffer();
            reading.Map.Column(at, column);
            _layer.Tape.Work += column.Count;
            for (var e = 0; e < column.Count; e++)
            {
                sum += column.Weights[e] * relevance(column.At[e]);
            }

            _free.Push(column);
        }

        return sum;
    }

    private static Func<int, double> Remembered(int count, Func<int, double> function)
    {
        var known = new double[count];
        Array.Fill(known, double.NaN);
        return at => double.IsNaN(known[at]) ? known[at] = function(at) : known[at];
    }
}
