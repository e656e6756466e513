using Layerwise.Oracle.Linear;

namespace Layerwise.Oracle.Steps;

/// <summary>
/// What a layer computes, value by value: its inputs one behind another, then what each step that is not linear makes of them. Values are
/// computed when somebody asks, and kept.
/// </summary>
internal sealed class Tape
{
    private readonly List<(Step Step, int First, double[] Values)> _steps = [];
    private readonly double[] _inputs;

    public Tape(IReadOnlyList<Grid> inputs)
    {
        _inputs = [.. inputs.SelectMany(i => i.Values)];
        Count = _inputs.Length;
    }

    /// <summary>How many values it has.</summary>
    public int Count { get; private set; }

    /// <summary>Entries of matrices that have been read so far: what the work is measured in.</summary>
    public long Work { get; set; }

    /// <summary>The steps in the order in which they were added, each with the place of its first value.</summary>
    public IEnumerable<(Step Step, int First)> Steps => _steps.Select(s => (s.Step, s.First));

    /// <summary>How many multiplications it takes to compute all of it, about.</summary>
    public long Entries => _steps.Sum(s => s.Step.Entries);

    public double this[int at] => at < _inputs.Length ? _inputs[at] : Computed(at);

    /// <summary>Adds a step; its values as a map.</summary>
    public LinearMap Add(Step step)
    {
        var values = new double[step.Count];
        Array.Fill(values, double.NaN);
        _steps.Add((step, Count, values));
        Count += step.Count;
        return new Slot(Count - step.Count, step.Count);
    }

    private double Computed(int at)
    {
        var index = _steps.Count - 1;
        while (_steps[index].First > at)
        {
            index--;
        }

        var (step, first, values) = _steps[index];
        ref var value = ref values[at - first];
        return double.IsNaN(value) ? value = step.Evaluate(at - first) : value;
    }
}
