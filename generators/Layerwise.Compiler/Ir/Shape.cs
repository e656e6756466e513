namespace Layerwise.Compiler.Ir;

/// <summary>The shape of a value; the batch stands in one dimension or nowhere.</summary>
public sealed record Shape(EquatableList<Dim> Dims)
{
    public Shape(params IEnumerable<Dim> dims) : this(new EquatableList<Dim>(dims))
    {
    }

    // libtorch's own limit; and 2⁵⁰ elements, of which products with weights still fit into 64 bits.
    private const int MostDimensions = 64;
    private const double MostElements = 1L << 50;

    public int Rank => Dims.Count;

    public Dim this[int axis] => Dims[axis];

    /// <summary>The number of elements; <c>null</c> where a dimension is open or the batch stands in more than one.</summary>
    public Dim? Elements
    {
        get
        {
            Dim? product = 1;
            foreach (var dim in Dims)
            {
                product = product is { } p ? Dim.Multiply(p, dim) : null;
            }

            return product;
        }
    }

    /// <summary>What no tensor's shape can be, in words that follow it; <c>null</c> for a sound one.</summary>
    public string? Flaw
    {
        get
        {
            if (Rank > MostDimensions)
            {
                return $"has {Rank} dimensions; {MostDimensions} are the most";
            }

            var elements = 1.0;
            foreach (var dim in Dims.Where(d => !d.IsOpen))
            {
                if (dim.Count < 0)
                {
                    return "has a negative dimension";
                }

                elements *= dim.Count;
            }

            return elements > MostElements ? "has more elements than any memory can hold" : null;
        }
    }

    /// <summary>Whether only a call knows the whole shape.</summary>
    public bool IsOpen => Dims.Any(d => d.IsOpen);

    /// <summary>Elements of one sample of a shape without open dimensions.</summary>
    public long SampleSize => Dims.Skip(1).Aggregate(Rank > 0 && Dims[0].IsBatch ? Dims[0].Count : 1L, (product, dim) => product * dim.Count);

    /// <summary>Resolves a negative axis; <c>null</c> where it lies outside.</summary>
    public int? Axis(long axis) => axis >= -Rank && axis < Rank ? (int)(axis < 0 ? axis + Rank : axis) : null;

    public override string ToString() => $"[{string.Join(", ", Dims)}]";
}
