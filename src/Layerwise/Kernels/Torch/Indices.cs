using static TorchSharp.torch;

namespace Layerwise.Kernels;

// Whole numbers that name places along an axis: from 0, or, where they are negative, from its end.
public static partial class Torch
{
    /// <summary>The places that indices name, from 0.</summary>
    /// <exception cref="UnknownIdException">One lies outside of the axis.</exception>
    private static Tensor Places(Buffer indices, long size)
        => Fit(indices.Range, size) ? FromStart(indices.Value, size) : throw Unknown(indices, indices.Value, size);

    /// <summary>Rows of places as one place each, row by row.</summary>
    /// <exception cref="UnknownIdException">One lies outside of its axis.</exception>
    private static Tensor Flat(Buffer indices, ReadOnlySpan<long> sizes)
    {
        var fitsAll = Fit(indices.Range, sizes.ToArray().DefaultIfEmpty().Min());
        var flat = zeros(indices.Value.shape[..^1], ScalarType.Int64, indices.Value.device);
        for (var i = 0; i < sizes.Length; i++)
        {
            var column = indices.Value.select(-1, i);
            if (!fitsAll && !Fit(Interval.Of(column), sizes[i]))
            {
                throw Unknown(indices, column, sizes[i], i);
            }

            flat = flat.mul(sizes[i]).add(FromStart(column, sizes[i]));
        }

        return flat;
    }

    /// <summary>The least and the largest of whole numbers, of which there may be none.</summary>
    internal sealed record Interval(long Least, long Largest)
    {
        public static Interval Of(Tensor numbers)
        {
            if (numbers.numel() == 0)
            {
                return new(0, -1);
            }

            using var scope = NewDisposeScope();
            return new(numbers.min().to(ScalarType.Int64).item<long>(), numbers.max().to(ScalarType.Int64).item<long>());
        }
    }

    private static Tensor FromStart(Tensor indices, long size)
    {
        using var whole = indices.to(ScalarType.Int64);
        using var negative = whole.lt(0);
        using var shift = negative.to(ScalarType.Int64);
        shift.mul_(size);
        return whole.add(shift);
    }

    private static bool Fit(Interval range, long size) => range.Least >= -size && range.Largest < size;

    /// <summary>The first index that lies outside.</summary>
    /// <param name="indices">Where it stands.</param>
    /// <param name="values">Its values, or one of their columns.</param>
    /// <param name="size">Of the axis.</param>
    /// <param name="column">Which column.</param>
    private static UnknownIdException Unknown(Buffer indices, Tensor values, long size, int? column = null)
    {
        using var scope = NewDisposeScope();
        var numbers = values.to(ScalarType.Int64).cpu().contiguous().data<long>().ToArray();
        var first = Array.FindIndex(numbers, number => number < -size || number >= size);
        var position = new long[values.dim()];
        for (long axis = position.Length - 1, rest = first; axis >= 0; rest /= values.shape[axis], axis--)
        {
            position[axis] = rest % values.shape[axis];
        }

        position = column is { } last ? [.. position, last] : position;
        var (place, range) = ($"[{string.Join(", ", position)}]", $"{-size} to {size - 1}");
        var message = indices.Name is { } name
            ? $"The id {numbers[first]} at {place} of '{name}' is none that the network can look up, which are {range}; give ids of the vocabulary that it was trained with."
            : $"The network computes the index {numbers[first]} at {place} of what it looks up, where it has {range}; give an input such as it was trained on.";
        return new UnknownIdException(message, paramName: null, numbers[first]) { Name = indices.Name ?? "indices", Position = position, Expected = range };
    }
}
