using Layerwise.Oracle.Linear;
using Layerwise.Oracle.Steps;

namespace Layerwise.Oracle.Rules;

/// <summary>The relevance of a linear reading, shared out over what it reads by one part of a rule; nothing is computed before it is asked for.</summary>
/// <param name="reading">What is linear.</param>
/// <param name="part">The part of the rule.</param>
/// <param name="rule">The rule.</param>
/// <param name="relevance">The relevance of each output.</param>
/// <param name="samples">How many samples the outputs are of, one behind another.</param>
internal sealed class SharedOut(Reading reading, Part part, OracleRule rule, Func<int, double> relevance, int samples)
{
    private readonly RowBuffer _row = new(), _column = new();
    private readonly (double Z, double Bias)[] _denominators = new (double, double)[reading.Count];
    private readonly bool[] _known = new bool[reading.Count];
    private readonly double?[] _epsilons = new double?[samples];

    /// <summary>How far denominators are from cancelling: the smallest |z| / Σ|terms| that was met.</summary>
    public double Conditioning { get; private set; } = 1;

    /// <summary>Whether the denominator of an output is known already, so that it costs nothing more.</summary>
    public bool Knows(int output) => _known[output];

    /// <summary>The relevance of one value of the tape.</summary>
    public double this[int at]
    {
        get
        {
            reading.Map.Column(at, _column.Clear());
            reading.Tape.Work += _column.Count;
            var (x, sum) = (reading.Tape[at], 0.0);
            for (var e = 0; e < _column.Count; e++)
            {
                var (output, w) = (_column.At[e], _column.Weights[e]);
                if (relevance(output) is var r && r != 0 && part.Term(at, x, w, Output(output)) is var term && term != 0)
                {
                    sum += term * r / Stabilized(output);
                }
            }

            return part.Factor * sum;
        }
    }

    /// <summary>What the bias and the stabilizer of all outputs keep.</summary>
    public (double Bias, double Stabilizer) Kept()
    {
        var (bias, stabilizer) = (0.0, 0.0);
        for (var output = 0; output < reading.Count; output++)
        {
            if (relevance(output) is var r && r != 0 && Stabilized(output) is var stabilized && stabilized != 0)
            {
                var (z, own) = Denominator(output);
                var s = part.Factor * r / stabilized;
                (bias, stabilizer) = (bias + (s * own), stabilizer + (s * (stabilized - z)));
            }
        }

        return (bias, stabilizer);
    }

    // What the layer gives: only Gamma asks for more than its sign.
    private double Output(int output) => rule.Name == RuleName.Gamma ? reading[output] : 0;

    private double Stabilized(int output) => rule.Stabilizer.Of(Denominator(output).Z, rule.Stabilizer.NormScale ? Epsilon(output / (reading.Count / samples)) : rule.Stabilizer.Epsilon);

    private double Epsilon(int sample) => _epsilons[sample] ??= rule.Stabilizer.Epsilon
        * Math.Sqrt(Enumerable.Range(sample * (reading.Count / samples), reading.Count / samples).Average(o => Denominator(o).Z * Denominator(o).Z));

    private (double Z, double Bias) Denominator(int output)
    {
        if (_known[output])
        {
            return _denominators[output];
        }

        var own = Output(output);
        reading.Map.Row(output, _row.Clear());
        reading.Tape.Work += _row.Count;
        var bias = part.Bias(_row.Bias, own);
        var (z, size) = (bias, Math.Abs(bias));
        for (var e = 0; e < _row.Count; e++)
        {
            var term = part.Term(_row.At[e], reading.Tape[_row.At[e]], _row.Weights[e], own);
            (z, size) = (z + term, size + Math.Abs(term));
        }

        if (size > 0)
        {
            Conditioning = Math.Min(Conditioning, (Math.Abs(z) + rule.Stabilizer.Epsilon) / size);
        }

        _known[output] = true;
        return _denominators[output] = (z, bias);
    }
}
