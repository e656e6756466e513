namespace Layerwise.Compiler.Ir;

/// <summary>Values that are known when compiling, in row-major order.</summary>
public abstract record Known(EquatableList<long> Shape, ElementType Type)
{
    /// <summary>The most that are kept: more numbers than any shape or table of a graph has. What has more is computed.</summary>
    public const int Most = 4096;

    public bool IsScalar => Shape.Count == 0;

    public bool IsList => Shape.Count == 1;

    public int Count => checked((int)Shape.Aggregate(1L, (product, dim) => product * dim));

    /// <summary>Some of the values, in another shape.</summary>
    public abstract Known Pick(IEnumerable<int> places, params IReadOnlyList<long> shape);

    /// <summary>Values moved: each place of the result takes the value of a place of this.</summary>
    /// <param name="shape">The shape of the result.</param>
    /// <param name="source">From a place of the result to one of this, an index an axis.</param>
    public Known Move(IReadOnlyList<long> shape, Func<long[], IEnumerable<long>> source)
    {
        var count = shape.Aggregate(1L, (product, dim) => product * dim);
        var places = new List<int>();
        for (var i = 0L; i < count; i++)
        {
            var (at, rest) = (new long[shape.Count], i);
            for (var axis = shape.Count - 1; axis >= 0; axis--)
            {
                (at[axis], rest) = (rest % shape[axis], rest / shape[axis]);
            }

            places.Add((int)source(at).Zip(Shape, (index, dim) => (index, dim)).Aggregate(0L, (sum, next) => (sum * next.dim) + next.index));
        }

        return Pick(places, shape);
    }

    /// <summary>The same values in another shape.</summary>
    public Known As(params IReadOnlyList<long> shape) => this with { Shape = new(shape) };

    /// <summary>The places of the values that each result of a function of two values takes, with broadcasting; <c>null</c> where the shapes do not fit.</summary>
    protected static (IReadOnlyList<(int A, int B)> Places, EquatableList<long> Shape)? Pairs(Known a, Known b)
    {
        if (!a.Shape.Equals(b.Shape) && a.Count != 1 && b.Count != 1)
        {
            return null;
        }

        var larger = a.Count == b.Count ? (a.Shape.Count >= b.Shape.Count ? a : b) : a.Count == 1 ? b : a;
        var more = Math.Max(0, Math.Max(a.Shape.Count, b.Shape.Count) - larger.Shape.Count);
        return ([.. Enumerable.Range(0, larger.Count).Select(i => (a.Count == 1 ? 0 : i, b.Count == 1 ? 0 : i))], new([.. Enumerable.Repeat(1L, more), .. larger.Shape]));
    }
}

/// <summary>Integers or truth values (0 and 1); they may hold the batch size.</summary>
public sealed record KnownIntegers(EquatableList<Dim> Values, EquatableList<long> Shape, ElementType Type) : Known(Shape, Type)
{
    /// <summary>A list.</summary>
    public KnownIntegers(params IReadOnlyList<Dim> values) : this(new(values), new([values.Count]), ElementType.Int64)
    {
    }

    public override Known Pick(IEnumerable<int> places, params IReadOnlyList<long> shape) => this with { Values = new(places.Select(i => Values[i])), Shape = new(shape) };

    /// <summary>A function of each pair of numbers, where one side is repeated or both have the same shape; <c>null</c> where a result has no name.</summary>
    public static KnownIntegers? Combine(KnownIntegers a, KnownIntegers b, ElementType type, Func<Dim, Dim, Dim?> function)
    {
        if (Pairs(a, b) is not { } pairs)
        {
            return null;
        }

        var results = pairs.Places.Select(p => function(a.Values[p.A], b.Values[p.B])).ToList();
        return results.Contains(null) ? null : new KnownIntegers(new(results.Select(r => r!.Value)), pairs.Shape, type);
    }
}

/// <summary>A few floating-point numbers that are part of the graph rather than weights: factors, bounds, scales.</summary>
public sealed record KnownFloats(EquatableList<float> Values, EquatableList<long> Shape) : Known(Shape, ElementType.Float32)
{
    public override Known Pick(IEnumerable<int> places, params IReadOnlyList<long> shape) => this with { Values = new(places.Select(i => Values[i])), Shape = new(shape) };

    /// <summary>A function of each pair of numbers, where one side is repeated or both have the same shape.</summary>
    public static KnownFloats? Combine(KnownFloats a, KnownFloats b, Func<float, float, float> function)
        => Pairs(a, b) is { } pairs ? new KnownFloats(new(pairs.Places.Select(p => function(a.Values[p.A], b.Values[p.B]))), pairs.Shape) : null;
}
