namespace Layerwise.Oracle.Linear;

/// <summary>A matrix product [rows, inputs] · [inputs, outputs] by a weight, times a factor, with a bias that broadcasts to the result.</summary>
internal sealed class Product(int rows, int inputs, int outputs, Grid weight, bool transposed, double factor, Func<int, int, double>? bias) : LinearMap(rows * outputs)
{
    public override long Entries => (long)Outputs * inputs;

    public override void Row(int output, RowBuffer row)
    {
        var (r, o) = Math.DivRem(output, outputs);
        for (var i = 0; i < inputs; i++)
        {
            row.Add((r * inputs) + i, Weight(i, o));
        }

        row.Bias += bias?.Invoke(r, o) ?? 0;
    }

    public override void Column(int input, RowBuffer column)
    {
        var (r, i) = Math.DivRem(input, inputs);
        for (var o = 0; o < outputs; o++)
        {
            column.Add((r * outputs) + o, Weight(i, o));
        }
    }

    private double Weight(int i, int o) => factor * weight.Values[transposed ? (o * inputs) + i : (i * outputs) + o];
}
