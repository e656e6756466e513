using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Layerwise.Kernels;

/// <summary>
/// Numbers that are computed side by side. The kernels are written once over them, and run as wide as the machine and the layer's channels
/// are: six channels in eight lanes, not in sixteen.
/// </summary>
internal unsafe interface ILanes<TVector>
    where TVector : unmanaged
{
    static abstract int Count { get; }

    static abstract TVector Zero { get; }

    static abstract TVector All(float value);

    static abstract TVector Load(float* from);

    static abstract void Store(TVector values, float* to);

    /// <summary>Stores the first lanes; what stands behind them stays.</summary>
    static abstract void StoreFirst(TVector values, float* to, int count);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>a·b + sum.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector sum);

    /// <summary>max(0, x); NaN stays.</summary>
    static abstract TVector Relu(TVector x);

    /// <summary>min(max(low, x), high); NaN stays.</summary>
    static abstract TVector Between(TVector x, TVector low, TVector high);

    /// <summary>Where b is larger than a, or no number, b and its place; elsewhere a and its own. Places are the bits of integers.</summary>
    static abstract void Larger(ref TVector a, ref TVector aPlace, TVector b, TVector bPlace);
}

/// <summary>Which lanes suit.</summary>
internal static class Lanes
{
    /// <summary>The most lanes of all; every buffer ends with so many numbers that are nobody's.</summary>
    public const int Most = 16;

    /// <summary>The bits that the machine computes side by side.</summary>
    public static int Bits => For(int.MaxValue) * 8 * sizeof(float);

    /// <summary>Lanes for rows of a length: the fewest that hold it, or as many as the machine has.</summary>
    public static int For(int length) => length <= 4 || !Vector256.IsHardwareAccelerated ? 4 : length <= 8 || !Vector512.IsHardwareAccelerated ? 8 : 16;

    /// <summary>A length filled up to whole vectors.</summary>
    public static int Fill(int length, int lanes) => (length + lanes - 1) / lanes * lanes;
}

internal readonly unsafe struct Lanes16 : ILanes<Vector512<float>>
{
    public static int Count => 16;

    public static Vector512<float> Zero => Vector512<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> All(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* from) => Vector512.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> values, float* to) => Vector512.Store(values, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(Vector512<float> values, float* to, int count)
    {
        var first = Vector512.LessThan(Vector512.Create(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), Vector512.Create(count)).AsSingle();
        Vector512.ConditionalSelect(first, values, Vector512.Load(to)).Store(to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> sum)
        => Avx512F.IsSupported ? Avx512F.FusedMultiplyAdd(a, b, sum) : (a * b) + sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Relu(Vector512<float> x) => Vector512.ConditionalSelect(Vector512.LessThan(x, Zero), Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Between(Vector512<float> x, Vector512<float> low, Vector512<float> high)
    {
        // The processor's maximum and minimum are their second number where one of them is NaN.
        if (Avx512F.IsSupported)
        {
            return Avx512F.Min(high, Avx512F.Max(low, x));
        }

        var floored = Vector512.ConditionalSelect(Vector512.LessThan(x, low), low, x);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(floored, high), high, floored);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Larger(ref Vector512<float> a, ref Vector512<float> aPlace, Vector512<float> b, Vector512<float> bPlace)
    {
        var larger = Vector512.GreaterThan(b, a) | ~Vector512.Equals(b, b);
        a = Vector512.ConditionalSelect(larger, b, a);
        aPlace = Vector512.ConditionalSelect(larger, bPlace, aPlace);
    }
}

internal readonly unsafe struct Lanes8 : ILanes<Vector256<float>>
{
    public static int Count => 8;

    public static Vector256<float> Zero => Vector256<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> All(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* from) => Vector256.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> values, float* to) => Vector256.Store(values, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(Vector256<float> values, float* to, int count)
    {
        var first = Vector256.LessThan(Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7), Vector256.Create(count)).AsSingle();
        Vector256.ConditionalSelect(first, values, Vector256.Load(to)).Store(to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> sum)
        => Fma.IsSupported ? Fma.MultiplyAdd(a, b, sum) : (a * b) + sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Relu(Vector256<float> x) => Vector256.ConditionalSelect(Vector256.LessThan(x, Zero), Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Between(Vector256<float> x, Vector256<float> low, Vector256<float> high)
    {
        // The processor's maximum and minimum are their second number where one of them is NaN.
        if (Avx.IsSupported)
        {
            return Avx.Min(high, Avx.Max(low, x));
        }

        var floored = Vector256.ConditionalSelect(Vector256.LessThan(x, low), low, x);
        return Vector256.ConditionalSelect(Vector256.GreaterThan(floored, high), high, floored);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Larger(ref Vector256<float> a, ref Vector256<float> aPlace, Vector256<float> b, Vector256<float> bPlace)
    {
        var larger = Vector256.GreaterThan(b, a) | ~Vector256.Equals(b, b);
        a = Vector256.ConditionalSelect(larger, b, a);
        aPlace = Vector256.ConditionalSelect(larger, bPlace, aPlace);
    }
}

internal readonly unsafe struct Lanes4 : ILanes<Vector128<float>>
{
    public static int Count => 4;

    public static Vector128<float> Zero => Vector128<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> All(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* from) => Vector128.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> values, float* to) => Vector128.Store(values, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(Vector128<float> values, float* to, int count)
    {
        var first = Vector128.LessThan(Vector128.Create(0, 1, 2, 3), Vector128.Create(count)).AsSingle();
        Vector128.ConditionalSelect(first, values, Vector128.Load(to)).Store(to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> a, Vector128<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> sum)
        => Fma.IsSupported ? Fma.MultiplyAdd(a, b, sum) : AdvSimd.IsSupported ? AdvSimd.FusedMultiplyAdd(sum, a, b) : (a * b) + sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Relu(Vector128<float> x) => Vector128.ConditionalSelect(Vector128.LessThan(x, Zero), Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Between(Vector128<float> x, Vector128<float> low, Vector128<float> high)
    {
        var floored = Vector128.ConditionalSelect(Vector128.LessThan(x, low), low, x);
        return Vector128.ConditionalSelect(Vector128.GreaterThan(floored, high), high, floored);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Larger(ref Vector128<float> a, ref Vector128<float> aPlace, Vector128<float> b, Vector128<float> bPlace)
    {
        var larger = Vector128.GreaterThan(b, a) | ~Vector128.Equals(b, b);
        a = Vector128.ConditionalSelect(larger, b, a);
        aPlace = Vector128.ConditionalSelect(larger, bPlace, aPlace);
    }
}
