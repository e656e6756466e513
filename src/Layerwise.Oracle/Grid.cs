namespace Layerwise.Oracle;

/// <summary>A dense array of float64 numbers, row-major.</summary>
/// <param name="Values">The numbers.</param>
/// <param name="Shape">The sizes of its axes; none for a single number.</param>
public sealed record Grid(double[] Values, int[] Shape)
{
    /// <summary>A grid whose elements a function of their place gives.</summary>
    public static Grid Of(int[] shape, Func<int, double> value)
    {
        var values = new double[Shapes.Size(shape)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = value(i);
        }

        return new Grid(values, shape);
    }

    /// <summary>The largest magnitude; 0 of no elements.</summary>
    public double Largest => Values.Length == 0 ? 0 : Values.Max(Math.Abs);

    /// <summary>Its numbers as integers, such as sizes or axes.</summary>
    internal long[] Integers => [.. Values.Select(v => v >= long.MaxValue ? long.MaxValue : (long)v)];
}
