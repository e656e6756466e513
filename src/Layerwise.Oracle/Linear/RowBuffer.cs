namespace Layerwise.Oracle.Linear;

/// <summary>One row (or column) of a matrix as it is produced: places and weights, and what is added to the row.</summary>
internal sealed class RowBuffer
{
    private int[] _at = new int[64];
    private double[] _weights = new double[64];

    public int Count { get; private set; }

    public double Bias { get; set; }

    public ReadOnlySpan<int> At => _at.AsSpan(0, Count);

    public ReadOnlySpan<double> Weights => _weights.AsSpan(0, Count);

    public RowBuffer Clear()
    {
        (Count, Bias) = (0, 0);
        return this;
    }

    public void Add(int at, double weight)
    {
        if (Count == _at.Length)
        {
            Array.Resize(ref _at, 2 * Count);
            Array.Resize(ref _weights, 2 * Count);
        }

        (_at[Count], _weights[Count]) = (at, weight);
        Count++;
    }

    /// <summary>Multiplies the entries from one on.</summary>
    public void Scale(int first, double factor)
    {
        for (var e = first; e < Count; e++)
        {
            _weights[e] *= factor;
        }
    }
}
