using Layerwise.Oracle.Linear;

namespace Layerwise.Oracle.Steps;

/// <summary>What a step, or the layer's end, reads of the tape: something linear in its values.</summary>
internal sealed class Reading(Tape tape, LinearMap map)
{
    private readonly RowBuffer _row = new();
    private double[]? _values;

    public Tape Tape => tape;

    public LinearMap Map => map;

    public int Count => map.Outputs;

    public double this[int output]
    {
        get
        {
            if (map.IsThin)
            {
                var (at, weight, bias) = map.Single(output);
                return at < 0 ? bias : (weight * tape[at]) + bias;
            }

            if (_values is null)
            {
                _values = new double[Count];
                Array.Fill(_values, double.NaN);
            }

            ref var value = ref _values[output];
            return double.IsNaN(value) ? value = Sum(output) : value;
        }
    }

    private double Sum(int output)
    {
        map.Row(output, _row.Clear());
        tape.Work += _row.Count;
        var sum = _row.Bias;
        var at = _row.At;
        var weights = _row.Weights;
        for (var e = 0; e < at.Length; e++)
        {
            sum += tape[at[e]] * weights[e];
        }

        return sum;
    }
}
