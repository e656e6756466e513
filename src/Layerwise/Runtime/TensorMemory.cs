using static TorchSharp.torch;

namespace Layerwise.Runtime;

/// <summary>The memory of tensors.</summary>
internal static class TensorMemory
{
    /// <summary>The elements of a contiguous float32 tensor on the CPU, in place.</summary>
    public static Span<float> Span(Tensor tensor) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Bytes(tensor));

    /// <summary>The bytes of a contiguous tensor on the CPU, in place.</summary>
    public static Span<byte> Bytes(Tensor tensor) => tensor.bytes;
}
