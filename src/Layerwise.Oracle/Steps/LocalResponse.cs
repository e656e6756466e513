namespace Layerwise.Oracle.Steps;

/// <summary>Local response normalization over [N, C, …]: y = x / D^β with D = bias + α/size·Σx² over neighbouring channels.</summary>
internal sealed class LocalResponse(string name, Reading argument, int[] shape, int size, double alpha, double beta, double bias) : Step(name, argument)
{
    private readonly int _channels = shape[1], _area = Shapes.Size(shape.AsSpan(2));

    public override int Count => Arguments[0].Count;

    public override long Entries => base.Entries + ((long)Count * size);

    public override double Evaluate(int output) => Arguments[0][output] / Math.Pow(Denominator(output), beta);

    public override double Back(int argument, int element, Func<int, double> relevance)
    {
        var sum = 0.0;
        foreach (var output in SeenBy(element))
        {
            var d = Denominator(output);
            var slope = -2 * alpha / size * beta * Arguments[0][output] * Arguments[0][element] / Math.Pow(d, beta + 1);
            sum += relevance(output) * (slope + (output == element ? 1 / Math.Pow(d, beta) : 0));
        }

        return sum;
    }

    /// <summary>
    /// What an element adds to an output in the first-order Taylor expansion of the output around its own channel alone (Binder et al. 2016):
    /// the channel what it would give alone, its neighbours what they take from it.
    /// </summary>
    public double Term(int output, int element)
    {
        var x = Arguments[0];
        return output == element
            ? x[output] / Math.Pow(bias + (alpha / size * x[output] * x[output]), beta)
            : -2 * alpha / size * beta * x[output] * x[element] * x[element] / Math.Pow(Denominator(output), beta + 1);
    }

    /// <summary>The elements that an output sees: its own place in neighbouring channels.</summary>
    public IEnumerable<int> Seen(int output) => Neighbours(output, (size - 1) / 2, size / 2);

    /// <summary>The outputs that see an element.</summary>
    public IEnumerable<int> SeenBy(int element) => Neighbours(element, size / 2, (size - 1) / 2);

    private double Denominator(int output) => bias + (alpha / size * Seen(output).Sum(i => Arguments[0][i] * Arguments[0][i]));

    private IEnumerable<int> Neighbours(int element, int below, int above)
    {
        var channel = element / _area % _channels;
        Arguments[0].Tape.Work += size;
        for (var c = Math.Max(0, channel - below); c <= Math.Min(_channels - 1, channel + above); c++)
        {
            yield return element + ((c - channel) * _area);
        }
    }
}
