namespace Layerwise;

/// <summary>A float32 tensor in the making: it is read, or computed from others, when it is copied, and kept nowhere.</summary>
public abstract class Weight
{
    private protected Weight(Weights source, IReadOnlyList<long> shape)
    {
        Source = source;
        Shape = shape;
    }

    /// <summary>The size of each dimension; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The weights that this one comes from.</summary>
    public Weights Source { get; }

    /// <summary>Number of elements.</summary>
    public int Count => checked((int)Product(Shape));

    /// <summary>Writes the elements, row-major.</summary>
    /// <param name="destination">Room for exactly <see cref="Count"/> elements.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="ModelFileException">The file was damaged since it was opened.</exception>
    /// <exception cref="ObjectDisposedException">The weights were disposed.</exception>
    public abstract void CopyTo(Span<float> destination);

    /// <summary>The same elements in another shape.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public Weight Reshape(params ReadOnlySpan<long> shape)
    {
        long[] to = [.. shape];
        return to.All(d => d >= 0) && Product(to) == Count ? new Reshaped(this, to) : throw new ArgumentException($"{Show(Shape)} has {Count} elements and cannot become {Show(to)}.", nameof(shape));
    }

    /// <summary>The dimensions in another order: dimension i of the result is dimension <c>permutation[i]</c> of this one.</summary>
    /// <exception cref="ArgumentException">This is no permutation of the dimensions.</exception>
    public Weight Transpose(params ReadOnlySpan<int> permutation)
    {
        int[] axes = [.. permutation];
        if (!axes.Order().SequenceEqual(Enumerable.Range(0, Shape.Count)))
        {
            throw new ArgumentException($"[{string.Join(", ", axes)}] is no permutation of the {Shape.Count} dimensions of {Show(Shape)}.", nameof(permutation));
        }

        var strides = Strides(Shape);
        return new Strided(this, [.. axes.Select(a => Shape[a])], [.. axes.Select(a => strides[a])]);
    }

    /// <summary>Each element times a factor.</summary>
    public Weight Scale(float factor) => factor == 1 ? this : new Scaled(this, factor);

    /// <summary>The sum with another tensor of the same shape, element by element.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public Weight Plus(Weight other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Shape.SequenceEqual(other.Shape) ? new Combined(this, other, (a, b) => a + b) : throw new ArgumentException($"{Show(Shape)} and {Show(other.Shape)} are different shapes.", nameof(other));
    }

    /// <summary>The product with another tensor of the same shape, element by element.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public Weight Times(Weight other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Shape.SequenceEqual(other.Shape) ? new Combined(this, other, (a, b) => a * b) : throw new ArgumentException($"{Show(Shape)} and {Show(other.Shape)} are different shapes.", nameof(other));
    }

    /// <summary>Repeats the elements into a larger shape, by NumPy's rules of broadcasting.</summary>
    /// <exception cref="ArgumentException">The shape of this tensor does not broadcast to <paramref name="shape"/>.</exception>
    public Weight Expand(params ReadOnlySpan<long> shape)
    {
        long[] to = [.. shape];
        if (Shape.SequenceEqual(to))
        {
            return this;
        }

        var (own, lead) = (Strides(Shape), to.Length - Shape.Count);
        var strides = new long[to.Length];
        for (var i = 0; i < to.Length; i++)
        {
            var size = i < lead ? 1 : Shape[i - lead];
            if (lead < 0 || to[i] < 0 || (size != 1 && size != to[i]))
            {
                lead = -1;
                break;
            }

            strides[i] = size == 1 ? 0 : own[i - lead];
        }

        return lead >= 0 ? new Strided(this, to, strides) : throw new ArgumentException($"{Show(Shape)} does not broadcast to {Show(to)}.", nameof(shape));
    }

    internal static string Show(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    internal static long Product(IEnumerable<long> shape) => shape.Aggregate(1L, (product, dim) => checked(product * dim));

    private protected void Check(Span<float> destination)
    {
        if (destination.Length != Count)
        {
            throw new ArgumentException($"A tensor of shape {Show(Shape)} needs room for {Count} elements, not {destination.Length}.", nameof(destination));
        }
    }

    private static long[] Strides(IReadOnlyList<long> shape)
    {
        var strides = new long[shape.Count];
        var stride = 1L;
        for (var i = shape.Count - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= shape[i];
        }

        return strides;
    }

    private sealed class Reshaped(Weight of, long[] shape) : Weight(of.Source, shape)
    {
        public override void CopyTo(Span<float> destination) => of.CopyTo(destination);
    }

    private sealed class Scaled(Weight of, float factor) : Weight(of.Source, of.Shape)
    {
        public override void CopyTo(Span<float> destination)
        {
            of.CopyTo(destination);
            foreach (ref var value in destination)
            {
                value *= factor;
            }
        }
    }

    private sealed class Combined(Weight left, Weight right, Func<float, float, float> combine) : Weight(left.Source, left.Shape)
    {
        public override void CopyTo(Span<float> destination)
        {
            left.CopyTo(destination);
            var other = new float[Count];
            right.CopyTo(other);
            for (var i = 0; i < other.Length; i++)
            {
                destination[i] = combine(destination[i], other[i]);
            }
        }
    }

    /// <summary>A transposed or repeated tensor: each dimension with its stride in the original, 0 for a repeated one.</summary>
    private sealed class Strided(Weight of, long[] shape, long[] strides) : Weight(of.Source, shape)
    {
        public override void CopyTo(Span<float> destination)
        {
            Check(destination);
            var source = new float[of.Count];
            of.CopyTo(source);
            if (shape.Length == 0)
            {
                source.CopyTo(destination);
                return;
            }

            var (row, step) = ((int)shape[^1], strides[^1]);
            var index = new long[shape.Length - 1];
            var from = 0L;
            for (var to = 0; to < destination.Length; to += row)
            {
                for (var i = 0; i < row; i++)
                {
                    destination[to + i] = source[from + (i * step)];
                }

                for (var axis = index.Length - 1; axis >= 0; axis--)
                {
                    from += strides[axis];
                    if (++index[axis] < shape[axis])
                    {
                        break;
                    }

                    from -= strides[axis] * shape[axis];
                    index[axis] = 0;
                }
            }
        }
    }
}
