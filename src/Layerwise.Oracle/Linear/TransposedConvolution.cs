namespace Layerwise.Oracle.Linear;

/// <summary>
/// A transposed convolution in groups over [N, C, …] with weights [C, O/groups, …]: the convolution from its output to its input, read the
/// other way round.
/// </summary>
internal sealed class TransposedConvolution(Windows windows, Grid weight, double[]? bias, int samples, int channels, int groups)
    : LinearMap(samples * weight.Shape[1] * groups * windows.InputArea)
{
    private readonly int _outputs = weight.Shape[1] * groups, _perGroup = weight.Shape[1], _inputsPerGroup = channels / groups, _taps = windows.Taps;
    private readonly Windows.Place[] _places = new Windows.Place[windows.Taps];

    public override long Entries => (long)samples * channels * windows.OutputArea * _perGroup * _taps;

    public override void Row(int output, RowBuffer row)
    {
        var (plane, at) = Math.DivRem(output, windows.InputArea);
        var (sample, channel) = Math.DivRem(plane, _outputs);
        var (group, o) = Math.DivRem(channel, _perGroup);
        var seen = windows.SeenBy(at, _places);
        for (var c = group * _inputsPerGroup; c < (group + 1) * _inputsPerGroup; c++)
        {
            var (input, tap) = (((sample * channels) + c) * windows.OutputArea, ((c * _perGroup) + o) * _taps);
            for (var s = 0; s < seen; s++)
            {
                row.Add(input + _places[s].At, weight.Values[tap + _places[s].Tap]);
            }
        }

        row.Bias += bias?[channel] ?? 0;
    }

    public override void Column(int input, RowBuffer column)
    {
        var (plane, at) = Math.DivRem(input, windows.OutputArea);
        var (sample, channel) = Math.DivRem(plane, channels);
        var group = channel / _inputsPerGroup;
        var seen = windows.Seen(at, _places);
        for (var o = 0; o < _perGroup; o++)
        {
            var (output, tap) = (((sample * _outputs) + (group * _perGroup) + o) * windows.InputArea, ((channel * _perGroup) + o) * _taps);
            for (var s = 0; s < seen; s++)
            {
                column.Add(output + _places[s].At, weight.Values[tap + _places[s].Tap]);
            }
        }
    }
}
