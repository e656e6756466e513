using Layerwise.Oracle.Linear;

namespace Layerwise.Oracle.Steps;

/// <summary>The largest element of each window; of equal ones the first.</summary>
internal sealed class Maximum(string name, Reading argument, Windows windows, int planes) : Step(name, argument)
{
    private readonly Windows.Place[] _places = new Windows.Place[windows.Taps], _readers = new Windows.Place[windows.Taps];
    private readonly int[] _winners = new int[planes * windows.OutputArea];

    public override int Count => planes * windows.OutputArea;

    public override long Entries => base.Entries + ((long)Count * windows.Taps);

    /// <summary>The mean of each window in its place, of what the maximum reads.</summary>
    public LinearMap Mean => Chain.Of(new Average(windows, planes, countPadding: false), Arguments[0].Map);

    public override double Evaluate(int output) => Arguments[0][Winner(output)];

    public override double Back(int argument, int element, Func<int, double> relevance)
    {
        var (plane, at) = Math.DivRem(element, windows.InputArea);
        var seen = windows.SeenBy(at, _readers);
        var sum = 0.0;
        for (var s = 0; s < seen; s++)
        {
            var output = (plane * windows.OutputArea) + _readers[s].At;
            sum += Winner(output) == element ? relevance(output) : 0;
        }

        return sum;
    }

    // Kept as one more than the place, so that 0 is "not yet known".
    private int Winner(int output)
    {
        if (_winners[output] == 0)
        {
            var (plane, at) = Math.DivRem(output, windows.OutputArea);
            var seen = windows.Seen(at, _places);
            var best = (plane * windows.InputArea) + _places[0].At;
            for (var s = 1; s < seen; s++)
            {
                var element = (plane * windows.InputArea) + _places[s].At;
                best = Arguments[0][element] > Arguments[0][best] ? element : best;
            }

            Arguments[0].Tape.Work += seen;
            _winners[output] = best + 1;
        }

        return _winners[output] - 1;
    }
}
