namespace Layerwise.Oracle.Linear;

/// <summary>A weighed sum of values that broadcast: each output has one entry a term.</summary>
/// <param name="from">For each term, the input of each output.</param>
/// <param name="weights">The weight of each term.</param>
internal sealed class Total(int[][] from, double[] weights) : LinearMap(from[0].Length)
{
    private readonly Thin[] _terms = [.. from.Select(f => new Thin(f))];
    private readonly RowBuffer _scratch = new();

    public override long Entries => (long)Outputs * from.Length;

    public override void Row(int output, RowBuffer row)
    {
        for (var k = 0; k < from.Length; k++)
        {
            row.Add(from[k][output], weights[k]);
        }
    }

    public override void Column(int input, RowBuffer column)
    {
        for (var k = 0; k < from.Length; k++)
        {
            _terms[k].Column(input, _scratch.Clear());
            for (var e = 0; e < _scratch.Count; e++)
            {
                column.Add(_scratch.At[e], weights[k]);
            }
        }
    }
}
