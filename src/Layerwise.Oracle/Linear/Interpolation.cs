namespace Layerwise.Oracle.Linear;

/// <summary>A value at another size: each output a weighed sum of a few inputs, axis by axis.</summary>
/// <param name="input">The shape of the input.</param>
/// <param name="taps">For each axis and each new place along it, the old places with their weights.</param>
internal sealed class Interpolation(int[] input, (int At, double Weight)[][][] taps) : LinearMap(Shapes.Size([.. taps.Select(t => t.Length)]))
{
    private readonly int[] _output = [.. taps.Select(t => t.Length)];
    private readonly int[] _inputStrides = Shapes.Strides(input), _outputStrides = Shapes.Strides([.. taps.Select(t => t.Length)]);
    private readonly (int At, double Weight)[][][] _readers = [.. taps.Select((axis, a) => Inverse(axis, input[a]))];

    public override long Entries => taps.Aggregate((long)Outputs, (count, axis) => count * axis.Max(t => t.Length));

    public override void Row(int output, RowBuffer row) => Cross(output, 0, 0, 1, taps, _outputStrides, _output, _inputStrides, row);

    public override void Column(int element, RowBuffer column) => Cross(element, 0, 0, 1, _readers, _inputStrides, input, _outputStrides, column);

    private static void Cross(int place, int axis, int at, double weight, (int At, double Weight)[][][] tables, int[] strides, int[] shape, int[] other, RowBuffer row)
    {
        if (axis == shape.Length)
        {
            row.Add(at, weight);
            return;
        }

        foreach (var tap in tables[axis][place / strides[axis] % shape[axis]])
        {
            Cross(place, axis + 1, at + (tap.At * other[axis]), weight * tap.Weight, tables, strides, shape, other, row);
        }
    }

    private static (int At, double Weight)[][] Inverse((int At, double Weight)[][] taps, int size)
    {
        var readers = Enumerable.Range(0, size).Select(_ => new List<(int, double)>()).ToArray();
        for (var o = 0; o < taps.Length; o++)
        {
            foreach (var (at, weight) in taps[o])
            {
                readers[at].Add((o, weight));
            }
        }

        return [.. readers.Select(r => r.ToArray())];
    }
}
