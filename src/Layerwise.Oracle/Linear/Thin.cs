namespace Layerwise.Oracle.Linear;

/// <summary>Each output is one input times a number, plus a number: what moves, scales and shifts values; without an input it is constant.</summary>
/// <param name="from">The input of each output; -1 for none.</param>
/// <param name="scale">Its factor; 1 unless given.</param>
/// <param name="shift">What is added; 0 unless given.</param>
internal sealed class Thin(int[] from, double[]? scale = null, double[]? shift = null) : LinearMap(from.Length)
{
    private int[]? _starts, _readers;

    public override long Entries => Outputs;

    public override bool IsThin => true;

    public override bool OnlyMoves => scale is null && shift is null;

    public static Thin Constant(Grid grid)
    {
        var from = new int[grid.Values.Length];
        Array.Fill(from, -1);
        return new Thin(from, null, grid.Values);
    }

    public override (int Input, double Weight, double Bias) Single(int output) => (from[output], scale?[output] ?? 1, shift?[output] ?? 0);

    public override void Row(int output, RowBuffer row)
    {
        if (from[output] >= 0)
        {
            row.Add(from[output], scale?[output] ?? 1);
        }

        row.Bias += shift?[output] ?? 0;
    }

    public override void Column(int input, RowBuffer column)
    {
        if (_starts is null)
        {
            Invert();
        }

        for (var k = input + 1 < _starts!.Length ? _starts[input] : 0; input + 1 < _starts.Length && k < _starts[input + 1]; k++)
        {
            column.Add(_readers![k], scale?[_readers[k]] ?? 1);
        }
    }

    // Who reads each input: sorted by input, with where each begins.
    private void Invert()
    {
        _starts = new int[from.DefaultIfEmpty(-1).Max() + 2];
        foreach (var input in from.Where(i => i >= 0))
        {
            _starts[input + 1]++;
        }

        for (var i = 1; i < _starts.Length; i++)
        {
            _starts[i] += _starts[i - 1];
        }

        var next = _starts.ToArray();
        _readers = new int[_starts[^1]];
        for (var output = 0; output < from.Length; output++)
        {
            if (from[output] >= 0)
            {
                _readers[next[from[output]]++] = output;
            }
        }
    }
}
