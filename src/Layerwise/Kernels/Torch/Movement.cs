using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>The same values in the shape of the buffer y, or of the value that it is like.</summary>
    public static void Reshape(Buffer x, Buffer y, Buffer? like = null)
        => y.Set(x.Value.reshape(like is null ? y.View : like.Shape));

    /// <summary>Axis i of y is axis <paramref name="order"/>[i] of x.</summary>
    public static void Transpose(Buffer x, Buffer y, long[] order)
    {
        using var view = x.Value.permute(order);
        y.Set(view.contiguous());
    }

    /// <summary>The parts one after the other along an axis.</summary>
    public static void Concat(ReadOnlySpan<Buffer> parts, Buffer y, int axis)
    {
        var tensors = new Tensor[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            tensors[i] = parts[i].Value;
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
