namespace Layerwise.Oracle.Linear;

/// <summary>A convolution in groups over [N, C, …] with weights [O, C/groups, …].</summary>
internal sealed class Convolution(Windows windows, Grid weight, double[]? bias, int samples, int channels, int groups)
    : LinearMap(samples * weight.Shape[0] * windows.OutputArea)
{
    private readonly int _outputs = weight.Shape[0], _perGroup = channels / groups, _taps = windows.Taps;
    private readonly Windows.Place[] _places = new Windows.Place[windows.Taps];

    public override long Entries => (long)Outputs * _perGroup * _taps;

    public override void Row(int output, RowBuffer row)
    {
        var (plane, at) = Math.DivRem(output, windows.OutputArea);
        var (sample, channel) = Math.DivRem(plane, _outputs);
        var first = (sample * channels) + (channel / (_outputs / groups) * _perGroup);
        var seen = windows.Seen(at, _places);
        for (var c = 0; c < _perGroup; c++)
        {
            var (input, tap) = ((first + c) * windows.InputArea, ((channel * _perGroup) + c) * _taps);
            for (var s = 0; s < seen; s++)
            {
                row.Add(input + _places[s].At, weight.Values[tap + _places[s].Tap]);
            }
        }

        row.Bias += bias?[channel] ?? 0;
    }

    public override void Column(int input, RowBuffer column)
    {
        var (plane, at) = Math.DivRem(input, windows.InputArea);
        var (sample, channel) = Math.DivRem(plane, channels);
        var (group, c) = Math.DivRem(channel, _perGroup);
        var seen = windows.SeenBy(at, _places);
        for (var o = group * (_outputs / groups); o < (group + 1) * (_outputs / groups); o++)
        {
            var (output, tap) = (((sample * _outputs) + o) * windows.OutputArea, ((o * _perGroup) + c) * _taps);
            for (var s = 0; s < seen; s++)
            {
                column.Add(output + _places[s].At, weight.Values[tap + _places[s].Tap]);
            }
        }
    }
}
