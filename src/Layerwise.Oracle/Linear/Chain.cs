namespace Layerwise.Oracle.Linear;

/// <summary>
/// One map behind another. A rule reads weights one by one, so no input may reach an output on two ways: at most one of the two has rows of
/// several entries.
/// </summary>
internal sealed class Chain : LinearMap
{
    private readonly LinearMap _outer, _inner;
    private readonly RowBuffer _scratch = new(), _innerScratch = new();

    private Chain(LinearMap outer, LinearMap inner)
        : base(outer.Outputs) => (_outer, _inner) = (outer, inner);

    public override long Entries => Math.Max(_outer.Entries, _outer.IsThin ? _inner.Entries * Outputs / Math.Max(_inner.Outputs, 1) : 0);

    public override bool IsThin => _outer.IsThin && _inner.IsThin;

    public override bool OnlyMoves => _outer.OnlyMoves && _inner.OnlyMoves;

    /// <param name="outer">The one that comes later.</param>
    /// <param name="inner">The one that comes first.</param>
    /// <exception cref="NoReferenceException">Both have rows of several entries.</exception>
    public static LinearMap Of(LinearMap outer, LinearMap inner) => outer.IsThin || inner.IsThin
        ? new Chain(outer, inner)
        : throw new NoReferenceException("two linear operators in a row are no single layer");

    public override (int Input, double Weight, double Bias) Single(int output)
    {
        var (at, weight, bias) = _outer.Single(output);
        if (at < 0)
        {
            return (-1, 0, bias);
        }

        var (input, innerWeight, innerBias) = _inner.Single(at);
        return (input, weight * innerWeight, bias + (weight * innerBias));
    }

    public override void Row(int output, RowBuffer row)
    {
        _outer.Row(output, _scratch.Clear());
        row.Bias += _scratch.Bias;
        for (var e = 0; e < _scratch.Count; e++)
        {
            var (at, weight) = (_scratch.At[e], _scratch.Weights[e]);
            if (_inner.IsThin)
            {
                var (input, innerWeight, innerBias) = _inner.Single(at);
                row.Bias += weight * innerBias;
                if (input >= 0)
                {
                    row.Add(input, weight * innerWeight);
                }

                continue;
            }

            _inner.Row(at, _innerScratch.Clear());
            row.Bias += weight * _innerScratch.Bias;
            for (var i = 0; i < _innerScratch.Count; i++)
            {
                row.Add(_innerScratch.At[i], weight * _innerScratch.Weights[i]);
            }
        }
    }

    public override void Column(int input, RowBuffer column)
    {
        _inner.Column(input, _innerScratch.Clear());
        for (var e = 0; e < _innerScratch.Count; e++)
        {
            _outer.Column(_innerScratch.At[e], _scratch.Clear());
            for (var o = 0; o < _scratch.Count; o++)
            {
                column.Add(_scratch.At[o], _scratch.Weights[o] * _innerScratch.Weights[e]);
            }
        }
    }
}
