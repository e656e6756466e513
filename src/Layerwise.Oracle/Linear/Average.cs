namespace Layerwise.Oracle.Linear;

/// <summary>The mean of each window over [N·C, …], or its sum.</summary>
/// <param name="windows">The windows.</param>
/// <param name="planes">How many channels of all samples there are.</param>
/// <param name="countPadding">Whether padding counts as elements.</param>
internal sealed class Average(Windows windows, int planes, bool countPadding) : LinearMap(planes * windows.OutputArea)
{
    private readonly Windows.Place[] _places = new Windows.Place[windows.Taps], _seen = new Windows.Place[windows.Taps];

    public override long Entries => (long)Outputs * windows.Taps;

    public override void Row(int output, RowBuffer row)
    {
        var (plane, at) = Math.DivRem(output, windows.OutputArea);
        var seen = windows.Seen(at, _places);
        for (var s = 0; s < seen; s++)
        {
            row.Add((plane * windows.InputArea) + _places[s].At, Share(at));
        }
    }

    public override void Column(int input, RowBuffer column)
    {
        var (plane, at) = Math.DivRem(input, windows.InputArea);
        var seen = windows.SeenBy(at, _places);
        for (var s = 0; s < seen; s++)
        {
            column.Add((plane * windows.OutputArea) + _places[s].At, Share(_places[s].At));
        }
    }

    private double Share(int window) => 1.0 / (countPadding ? windows.Padded(window) : windows.Seen(window, _seen));
}
