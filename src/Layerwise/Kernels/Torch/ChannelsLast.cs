using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>Tensors [N, C, H, W] whose channels are last in memory, pixel by pixel: what the convolutions read and write.</summary>
internal static class ChannelsLast
{
    /// <summary>The same values, lying so; the caller's to dispose.</summary>
    public static Tensor Of(Tensor x)
    {
        if (IsSo(OneDnn.Shape(x), OneDnn.Strides(x)))
        {
            return x.alias();
        }

        using var last = x.permute(0, 2, 3, 1);
        using var dense = last.contiguous();
        return dense.permute(0, 3, 1, 2);
    }

    /// <summary>A tensor that lies so, of no values yet.</summary>
    public static Tensor Empty(long samples, long channels, long rows, long columns, ScalarType type = ScalarType.Float32)
        => OneDnn.Empty([samples, channels, rows, columns], [channels * rows * columns, 1, channels * columns, channels], type);

    /// <summary>A tensor of zeros that lies so.</summary>
    public static unsafe Tensor Zeros(long samples, long channels, long rows, long columns)
    {
        var result = Empty(samples, channels, rows, columns);
        NativeMemory.Clear((void*)OneDnn.Data(result), (nuint)(samples * channels * rows * columns * sizeof(float)));
        return result;
    }

    // How far apart the only element of an axis would be from the next does not matter.
    private static bool IsSo(ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
        => (shape[1] == 1 || strides[1] == 1) && (shape[3] == 1 || strides[3] == shape[1]) && (shape[2] == 1 || strides[2] == shape[1] * shape[3]) && (shape[0] == 1 || strides[0] == shape[1] * shape[2] * shape[3]);
}
