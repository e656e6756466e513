using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// Numbers of 8 bits of mantissa with the exponents of float32, of which AVX-512 multiplies twice as many at a time. oneDNN sums up in float32,
/// and libtorch has it give what comes out in bfloat16 again.
/// </summary>
internal static unsafe class BFloat16Tensors
{
    // Measured (docs/performance.md): a product of 64 by 256.
    private const long LeastOfPixels = 1 << 14;

    // CPUID, leaf 7, part 1: bit 5 of EAX.
    private static readonly bool IsMultiplied = Avx512BW.IsSupported && X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    /// <summary>Why it is not to be had, in words; <c>null</c> where it is.</summary>
    public static string? WhyNot => OneDnn.WhyNot ?? (IsMultiplied ? null : "this CPU does not multiply bfloat16");

    /// <summary>
    /// Whether a convolution is faster by it: of single pixels once its product makes up for the rounding of what goes in, of groups not. Where a window
    /// may see padding alone, oneDNN reads beside the input.
    /// </summary>
    public static bool Suits(Torch.Window window, Tensor weight, long groups)
        => WhyNot is null && groups == 1 && Enumerable.Range(0, window.Rank).All(axis => window.PadBegin[axis] < window.Extent(axis)) && (window.Kernel.Any(k => k > 1) || weight.numel() >= LeastOfPixels);

    /// <summary>The numbers rounded to the nearest, ties to even, with channels last in memory; the caller's to dispose.</summary>
    public static Tensor Of(Tensor x)
    {
        using var last = ChannelsLast.Of(x);
        var shape = OneDnn.Shape(x);
        var narrow = ChannelsLast.Empty(shape[0], shape[1], shape[2], shape[3], ScalarType.BFloat16);
        float* from = (float*)OneDnn.Data(last);
        var to = (ushort*)OneDnn.Data(narrow);
        Fused.Parts(x.numel(), (start, count) => Round(from + start, to + start, count));
        return narrow;
    }

    /// <summary>The same numbers in float32, in place of a result with channels last in memory; the caller's to dispose.</summary>
    public static Tensor Widen(Tensor narrow)
    {
        using (narrow)
        {
            var shape = OneDnn.Shape(narrow);
            using var last = ChannelsLast.Of(narrow);
            var wide = ChannelsLast.Empty(shape[0], shape[1], shape[2], shape[3]);
            var from = (ushort*)OneDnn.Data(last);
            float* to = (float*)OneDnn.Data(wide);
            Fused.Parts(narrow.numel(), (start, count) => Widen(from + start, to + start, count));
            return wide;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Round(float* x, ushort* y, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
        {
            Vector512.Narrow(Round(Vector512.Load(x + i)), Round(Vector512.Load(x + i + Vector512<float>.Count))).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] = (ushort)Round(Vector512.Create(x[i]))[0];
        }
    }

    // The upper half of the bits, one more where the lower half is more than half of one, or half of one and the upper half odd. NaN stays.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Round(Vector512<float> x)
    {
        var bits = x.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7fffu) + ((bits >>> 16) & Vector512<uint>.One)) >>> 16;
        return Vector512.ConditionalSelect(Vector512.Equals(x, x).AsUInt32(), rounded, Vector512.Create(0x7fc0u));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen(ushort* x, float* y, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
        {
            var (lower, upper) = Vector512.Widen(Vector512.Load(x + i));
            (lower << 16).AsSingle().Store(y + i);
            (upper << 16).AsSingle().Store(y + i + Vector512<float>.Count);
        }

        for (; i < count; i++)
        {
            y[i] = BitConverter.UInt32BitsToSingle((uint)x[i] << 16);
        }
    }
}
