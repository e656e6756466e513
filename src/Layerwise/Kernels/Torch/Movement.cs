using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>The same values in the shape of the buffer y, or of the value that it is like.</summary>
    public static void Reshape(Buffer x, Buffer y, Buffer? like = null)
    {
        y.Set(x.Value.reshape(like is null ? y.View(x) : like.Shape));
        y.HasNumbersOf(x);
    }

    /// <summary>y = x, a copy.</summary>
    public static void Identity(Buffer x, Buffer y) => y.Set(x.Value.clone());

    /// <summary>The values as numbers of another type.</summary>
    /// <param name="x">The values.</param>
    /// <param name="y">The same as numbers of the type.</param>
    /// <param name="type">The type.</param>
    /// <param name="through">A narrower type, by ONNX's name, that the values are rounded to before: <c>float16</c>.</param>
    /// <param name="saturate">Whether what is beyond the numbers of a float of 8 bits becomes the largest of them, rather than infinite or NaN.</param>
    public static void Cast(Buffer x, Buffer y, ScalarType type, string? through = null, bool saturate = true)
    {
        using var scope = NewDisposeScope();
        y.Set((through is { } format ? Rounded(x.Value, format, saturate) : x.Value).to(type, copy: true));
        if (type == ScalarType.Int64)
        {
            y.HasNumbersOf(x);
        }
    }

    /// <summary>Channels laid out as blocks of pixels; the block is the outer part of the channels, or the inner where they come first.</summary>
    public static void DepthToSpace(Buffer x, Buffer y, long block, bool channelsFirst = false)
    {
        var shape = x.Value.shape;
        var (rows, columns, channels) = (shape[2], shape[3], shape[1] / (block * block));
        using var parts = channelsFirst
            ? x.Value.reshape(shape[0], channels, block, block, rows, columns)
            : x.Value.reshape(shape[0], block, block, channels, rows, columns);
        using var ordered = channelsFirst ? parts.permute(0, 1, 4, 2, 5, 3) : parts.permute(0, 3, 4, 1, 5, 2);
        y.Set(ordered.reshape(shape[0], channels, rows * block, columns * block));
    }

    /// <summary>y = slices of x along an axis by index; a negative index counts from the end.</summary>
    /// <exception cref="UnknownIdException">An index lies outside of the axis.</exception>
    public static void Gather(Buffer x, Buffer indices, Buffer y, int axis)
    {
        using var places = Places(indices, x.Value.shape[axis]);
        using var flat = places.flatten();
        using var picked = x.Value.index_select(axis, flat);
        y.Set(picked.reshape([.. x.Value.shape[..axis], .. indices.Value.shape, .. x.Value.shape[(axis + 1)..]]));
    }

    /// <summary>Axis i of y is axis <paramref name="order"/>[i] of x.</summary>
    public static void Transpose(Buffer x, Buffer y, long[] order)
    {
        using var view = x.Value.permute(order);
        y.Set(view.contiguous());
    }

    /// <summary>The parts one after the other along an axis.</summary>
    /// <param name="parts">The parts.</param>
    /// <param name="y">The whole.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="sizes">The sizes of all parts, where some are 0 everywhere and left out.</param>
    /// <param name="present">Which of them are there.</param>
    public static void Concat(ReadOnlySpan<Buffer> parts, Buffer y, int axis, long[]? sizes = null, long[]? present = null)
    {
        using var scope = NewDisposeScope();
        var tensors = new Tensor[sizes?.Length ?? parts.Length];
        for (var i = 0; i < tensors.Length; i++)
        {
            var part = present is null ? i : Array.IndexOf(present, i);
            tensors[i] = part >= 0 ? parts[part].Value : zeros([.. parts[0].Value.shape.Select((size, a) => a == axis ? sizes![i] : size)], parts[0].Value.dtype, parts[0].Value.device);
        }

        y.Set(cat(tensors, axis));
    }

    /// <summary>The way back from <see cref="Concat"/>.</summary>
    public static void Split(Buffer x, ReadOnlySpan<Buffer> parts, int axis)
    {
        var start = 0L;
        foreach (var part in parts)
        {
            var length = part.Dims[axis];
            using var view = x.Value.narrow(axis, start, length);
            part.Set(view.contiguous());
            start += length;
        }
    }
}
