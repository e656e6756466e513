namespace Layerwise.Oracle.Linear;

/// <summary>The sum of some elements for each output, times a factor.</summary>
/// <param name="to">The output that each input adds to.</param>
/// <param name="outputs">How many outputs there are.</param>
/// <param name="factor">What each input counts.</param>
internal sealed class Reduction(int[] to, int outputs, double factor) : LinearMap(outputs)
{
    private readonly Thin _inverse = new(to);

    public override long Entries => to.Length;

    // The inputs of an output are the readers of the map the other way round.
    public override void Row(int output, RowBuffer row)
    {
        var first = row.Count;
        _inverse.Column(output, row);
        row.Scale(first, factor);
    }

    public override void Column(int input, RowBuffer column) => column.Add(to[input], factor);
}
