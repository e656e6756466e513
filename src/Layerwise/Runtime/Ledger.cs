namespace Layerwise.Runtime;

/// <summary>What the layers of one way back take, give on and keep of relevance, sample by sample. A backend reads the numbers from its buffers.</summary>
/// <param name="samples">How many samples are explained.</param>
/// <param name="cancellationToken">Ends the balance at the next layer.</param>
public abstract class Ledger(int samples, CancellationToken cancellationToken)
{
    private readonly List<Page> _pages = [];

    /// <summary>How many samples are explained.</summary>
    public int Samples { get; } = samples;

    /// <summary>The layer that is written of now, 1-based.</summary>
    protected int Number => _pages[^1].Layer;

    /// <summary>Begins a layer.</summary>
    /// <param name="layer">Its number, 1-based.</param>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    protected void Open(int layer)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _pages.Add(new Page(layer, new double[Samples], new double[Samples], new double[Samples], new double[Samples]));
    }

    /// <summary>Adds to the relevance of the layer's output.</summary>
    /// <param name="amounts">One number a sample.</param>
    protected void Take(ReadOnlySpan<double> amounts) => Add(_pages[^1].Taken, amounts);

    /// <summary>Adds to what the layer gives to its inputs.</summary>
    /// <param name="amounts">One number a sample.</param>
    protected void Give(ReadOnlySpan<double> amounts) => Add(_pages[^1].Given, amounts);

    /// <summary>Adds to what the layer's constants keep.</summary>
    /// <param name="amounts">One number a sample.</param>
    protected void KeepForBias(ReadOnlySpan<double> amounts) => Add(_pages[^1].Bias, amounts);

    /// <summary>Adds to what the layer's stabilizer keeps.</summary>
    /// <param name="amounts">One number a sample.</param>
    protected void KeepForStabilizer(ReadOnlySpan<double> amounts) => Add(_pages[^1].Stabilizer, amounts);

    /// <summary>The layer's constants keep all that it has not given on.</summary>
    protected void KeepRest()
    {
        var page = _pages[^1];
        for (var i = 0; i < Samples; i++)
        {
            page.Bias[i] = page.Taken[i] - page.Given[i];
        }
    }

    /// <summary>The balance of each sample.</summary>
    /// <param name="target">Σ of the relevance that each starts with.</param>
    /// <param name="input">Σ of the relevance that reaches the inputs of each.</param>
    /// <param name="withheld">What conditions do not let pass.</param>
    /// <param name="layers">The network's layers.</param>
    internal IReadOnlyList<Conservation> Close(double[] target, double[] input, double[] withheld, IReadOnlyList<Layer> layers)
        => [.. Enumerable.Range(0, Samples).Select(i => new Conservation(
            target[i],
            input[i],
            _pages.Sum(p => p.Bias[i]),
            _pages.Sum(p => p.Stabilizer[i]),
            withheld[i],
            [.. _pages.Select(p => new LayerConservation(layers[p.Layer - 1], p.Taken[i], p.Given[i], p.Bias[i], p.Stabilizer[i]))]))];

    private static void Add(double[] to, ReadOnlySpan<double> amounts)
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] += amounts[i];
        }
    }

    private sealed record Page(int Layer, double[] Taken, double[] Given, double[] Bias, double[] Stabilizer);
}
