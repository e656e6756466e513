namespace Layerwise.AspNetCore.Operations;

/// <summary>
/// How much the strongest reasons of recent explanations stand elsewhere than those of the first ones. Every explanation counts the parts of
/// its top reasons into one of 64 bins (parts in order, as many to each bin). The reference is what the first <c>window</c> explanations counted;
/// recent is a mean whose weights halve every <c>window</c> explanations. Drift is the total variation distance of the two: half the sum of the bins'
/// differences, from 0 (the same parts, as often) to 1 (no part in common). Two arrays, however many explanations there were.
/// </summary>
internal sealed class ReasonDrift(int window)
{
    private const int Bins = 64;

    private readonly object _lock = new();
    private readonly double[] _reference = new double[Bins], _recent = new double[Bins];
    private readonly double _kept = Math.Pow(0.5, 1.0 / window);
    private long _seen;

    /// <summary>Counts one explanation.</summary>
    /// <param name="top">The parts of its strongest reasons; one or more.</param>
    /// <param name="parts">How many parts there are.</param>
    public void Add(ReadOnlySpan<int> top, int parts)
    {
        lock (_lock)
        {
            _seen++;
            for (var bin = 0; bin < Bins; bin++)
            {
                _recent[bin] *= _kept;
            }

            foreach (var part in top)
            {
                var bin = parts <= Bins ? part : (int)((long)part * Bins / parts);
                _recent[bin] += 1.0 / top.Length;
                if (_seen <= window)
                {
                    _reference[bin] += 1.0 / top.Length;
                }
            }
        }
    }

    /// <summary>0 to 1; <c>null</c> until there are twice as many explanations as the window is wide.</summary>
    public double? Value
    {
        get
        {
            lock (_lock)
            {
                if (_seen < 2L * window)
                {
                    return null;
                }

                var (reference, recent) = (_reference.Sum(), _recent.Sum());
                return 0.5 * _reference.Zip(_recent, (then, now) => Math.Abs(then / reference - now / recent)).Sum();
            }
        }
    }
}
