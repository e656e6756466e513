namespace Layerwise.Oracle.Linear;

/// <summary>Several maps beside each other: the outputs of the first, then those of the second, and so on.</summary>
internal sealed class Stack : LinearMap
{
    private readonly LinearMap[] _parts;
    private readonly int[] _starts;
    private readonly RowBuffer _scratch = new();

    public Stack(params IReadOnlyList<LinearMap> parts)
        : base(parts.Sum(p => p.Outputs))
    {
        _parts = [.. parts];
        _starts = [.. parts.Select((_, k) => parts.Take(k).Sum(p => p.Outputs))];
        IsThin = parts.All(p => p.IsThin);
        OnlyMoves = parts.All(p => p.OnlyMoves);
    }

    public override long Entries => _parts.Sum(p => p.Entries);

    public override bool IsThin { get; }

    public override bool OnlyMoves { get; }

    public override (int Input, double Weight, double Bias) Single(int output) => _parts[PartOf(output)].Single(output - _starts[PartOf(output)]);

    public override void Row(int output, RowBuffer row) => _parts[PartOf(output)].Row(output - _starts[PartOf(output)], row);

    public override void Column(int input, RowBuffer column)
    {
        for (var k = 0; k < _parts.Length; k++)
        {
            _parts[k].Column(input, _scratch.Clear());
            for (var e = 0; e < _scratch.Count; e++)
            {
                column.Add(_starts[k] + _scratch.At[e], _scratch.Weights[e]);
            }
        }
    }

    private int PartOf(int output)
    {
        var part = _parts.Length - 1;
        while (_starts[part] > output)
        {
            part--;
        }

        return part;
    }
}
