namespace Layerwise.Compiler.Ir;

/// <summary>Integers or truth values (0 and 1) that are known when compiling, in row-major order; they may hold the batch size.</summary>
public sealed record KnownIntegers(EquatableList<Dim> Values, EquatableList<long> Shape, ElementType Type)
{
    /// <summary>A list.</summary>
    public KnownIntegers(params IReadOnlyList<Dim> values) : this(new(values), new([values.Count]), ElementType.Int64)
    {
    }

    public bool IsScalar => Shape.Count == 0;

    public bool IsList => Shape.Count == 1;

    /// <summary>The same values in another shape.</summary>
    public KnownIntegers As(params IReadOnlyList<long> shape) => this with { Shape = new(shape) };

    /// <summary>A function of each pair of numbers, where one side is repeated or both have the same shape; <c>null</c> where a result has no name.</summary>
    public static KnownIntegers? Combine(KnownIntegers a, KnownIntegers b, ElementType type, Func<Dim, Dim, Dim?> function)
    {
        if (!a.Shape.Equals(b.Shape) && a.Values.Count != 1 && b.Values.Count != 1)
        {
            return null;
        }

        var larger = a.Values.Count > b.Values.Count || (a.Values.Count == b.Values.Count && a.Shape.Count >= b.Shape.Count) ? a : b;
        var results = new List<Dim>(larger.Values.Count);
        for (var i = 0; i < larger.Values.Count; i++)
        {
            if (function(a.Values[a.Values.Count == 1 ? 0 : i], b.Values[b.Values.Count == 1 ? 0 : i]) is not { } result)
            {
                return null;
            }

            results.Add(result);
        }

        return new KnownIntegers(new(results), larger.Shape, type);
    }
}
