using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Layerwise.Kernels;

/// <summary>
/// Sums of the rows of a matrix, each times a number: a dense layer forward (a row an input) and backward (a row an output), and what one
/// pixel gives back to the window that it saw. Rows of a zero are not read.
/// </summary>
internal static unsafe class Rows
{
    /// <summary>The numbers that are not 0, and where they stand.</summary>
    /// <param name="values">The numbers; as many as a vector holds are read behind them.</param>
    /// <param name="count">How many.</param>
    /// <param name="found">Those that are not 0.</param>
    /// <param name="places">Where each of them stands.</param>
    /// <returns>How many there are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Compact(float* values, int count, float* found, int* places)
    {
        var next = 0;
        for (var start = 0; start < count; start += 16)
        {
            var bits = ~(uint)Vector512.ExtractMostSignificantBits(Vector512.Equals(Vector512.Load(values + start), Vector512<float>.Zero)) & 0xFFFF;
            bits &= count - start < 16 ? (1u << (count - start)) - 1 : uint.MaxValue;
            for (; bits != 0; bits &= bits - 1)
            {
                var place = start + BitOperations.TrailingZeroCount(bits);
                found[next] = values[place];
                places[next++] = place;
            }
        }

        return next;
    }

    /// <summary>result = start + Σ factor[i] · row places[i].</summary>
    /// <param name="factors">The factors.</param>
    /// <param name="places">Which rows.</param>
    /// <param name="count">How many.</param>
    /// <param name="matrix">The rows, one after the other.</param>
    /// <param name="length">The length of a row: whole vectors.</param>
    /// <param name="offsets">Where each vector of a row stands in the result, and in what is added.</param>
    /// <param name="start">What is added, or <c>null</c>.</param>
    /// <param name="result">Room for the result.</param>
    /// <param name="relu">Whether what is below 0 becomes 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum<TLanes, TVector>(float* factors, int* places, int count, float* matrix, int length, int* offsets, float* start, float* result, bool relu)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var vectors = length / TLanes.Count;
        var at = 0;
        for (; at + 8 <= vectors; at += 8)
        {
            Sum8<TLanes, TVector>(factors, places, count, matrix + (at * TLanes.Count), length, offsets + at, start, result, relu);
        }

        if (at + 4 <= vectors)
        {
            Sum4<TLanes, TVector>(factors, places, count, matrix + (at * TLanes.Count), length, offsets + at, start, result, relu);
            at += 4;
        }

        if (at + 2 <= vectors)
        {
            Sum2<TLanes, TVector>(factors, places, count, matrix + (at * TLanes.Count), length, offsets + at, start, result, relu);
            at += 2;
        }

        if (at < vectors)
        {
            Sum1<TLanes, TVector>(factors, places, count, matrix + (at * TLanes.Count), length, offsets + at, start, result, relu);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Begin<TLanes, TVector>(float* start, int offset)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
        => start == null ? TLanes.Zero : TLanes.Load(start + offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End<TLanes, TVector>(TVector sum, float* result, bool relu)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
        => TLanes.Store(relu ? TLanes.Relu(sum) : sum, result);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum8<TLanes, TVector>(float* factors, int* places, int count, float* matrix, int length, int* offsets, float* start, float* result, bool relu)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var (s0, s1, s2, s3) = (Begin<TLanes, TVector>(start, offsets[0]), Begin<TLanes, TVector>(start, offsets[1]), Begin<TLanes, TVector>(start, offsets[2]), Begin<TLanes, TVector>(start, offsets[3]));
        var (s4, s5, s6, s7) = (Begin<TLanes, TVector>(start, offsets[4]), Begin<TLanes, TVector>(start, offsets[5]), Begin<TLanes, TVector>(start, offsets[6]), Begin<TLanes, TVector>(start, offsets[7]));
        for (var i = 0; i < count; i++)
        {
            var factor = TLanes.All(factors[i]);
            var row = matrix + ((nint)places[i] * length);
            s0 = TLanes.MultiplyAdd(TLanes.Load(row), factor, s0);
            s1 = TLanes.MultiplyAdd(TLanes.Load(row + TLanes.Count), factor, s1);
            s2 = TLanes.MultiplyAdd(TLanes.Load(row + (2 * TLanes.Count)), factor, s2);
            s3 = TLanes.MultiplyAdd(TLanes.Load(row + (3 * TLanes.Count)), factor, s3);
            s4 = TLanes.MultiplyAdd(TLanes.Load(row + (4 * TLanes.Count)), factor, s4);
            s5 = TLanes.MultiplyAdd(TLanes.Load(row + (5 * TLanes.Count)), factor, s5);
            s6 = TLanes.MultiplyAdd(TLanes.Load(row + (6 * TLanes.Count)), factor, s6);
            s7 = TLanes.MultiplyAdd(TLanes.Load(row + (7 * TLanes.Count)), factor, s7);
        }

        End<TLanes, TVector>(s0, result + offsets[0], relu);
        End<TLanes, TVector>(s1, result + offsets[1], relu);
        End<TLanes, TVector>(s2, result + offsets[2], relu);
        End<TLanes, TVector>(s3, result + offsets[3], relu);
        End<TLanes, TVector>(s4, result + offsets[4], relu);
        End<TLanes, TVector>(s5, result + offsets[5], relu);
        End<TLanes, TVector>(s6, result + offsets[6], relu);
        End<TLanes, TVector>(s7, result + offsets[7], relu);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum4<TLanes, TVector>(float* factors, int* places, int count, float* matrix, int length, int* offsets, float* start, float* result, bool relu)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var (s0, s1, s2, s3) = (Begin<TLanes, TVector>(start, offsets[0]), Begin<TLanes, TVector>(start, offsets[1]), Begin<TLanes, TVector>(start, offsets[2]), Begin<TLanes, TVector>(start, offsets[3]));
        for (var i = 0; i < count; i++)
        {
            var factor = TLanes.All(factors[i]);
            var row = matrix + ((nint)places[i] * length);
            s0 = TLanes.MultiplyAdd(TLanes.Load(row), factor, s0);
            s1 = TLanes.MultiplyAdd(TLanes.Load(row + TLanes.Count), factor, s1);
            s2 = TLanes.MultiplyAdd(TLanes.Load(row + (2 * TLanes.Count)), factor, s2);
            s3 = TLanes.MultiplyAdd(TLanes.Load(row + (3 * TLanes.Count)), factor, s3);
        }

        End<TLanes, TVector>(s0, result + offsets[0], relu);
        End<TLanes, TVector>(s1, result + offsets[1], relu);
        End<TLanes, TVector>(s2, result + offsets[2], relu);
        End<TLanes, TVector>(s3, result + offsets[3], relu);
    }

    // Several rows at a time: a sum waits for the one before it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum2<TLanes, TVector>(float* factors, int* places, int count, float* matrix, int length, int* offsets, float* start, float* result, bool relu)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var (s0, s1, t0, t1) = (Begin<TLanes, TVector>(start, offsets[0]), Begin<TLanes, TVector>(start, offsets[1]), TLanes.Zero, TLanes.Zero);
        var i = 0;
        for (; i + 2 <= count; i += 2)
        {
            var (factor, next) = (TLanes.All(factors[i]), TLanes.All(factors[i + 1]));
            float* row = matrix + ((nint)places[i] * length), after = matrix + ((nint)places[i + 1] * length);
            s0 = TLanes.MultiplyAdd(TLanes.Load(row), factor, s0);
            s1 = TLanes.MultiplyAdd(TLanes.Load(row + TLanes.Count), factor, s1);
            t0 = TLanes.MultiplyAdd(TLanes.Load(after), next, t0);
            t1 = TLanes.MultiplyAdd(TLanes.Load(after + TLanes.Count), next, t1);
        }

        if (i < count)
        {
            var factor = TLanes.All(factors[i]);
            var row = matrix + ((nint)places[i] * length);
            s0 = TLanes.MultiplyAdd(TLanes.Load(row), factor, s0);
            s1 = TLanes.MultiplyAdd(TLanes.Load(row + TLanes.Count), factor, s1);
        }

        End<TLanes, TVector>(TLanes.Add(s0, t0), result + offsets[0], relu);
        End<TLanes, TVector>(TLanes.Add(s1, t1), result + offsets[1], relu);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum1<TLanes, TVector>(float* factors, int* places, int count, float* matrix, int length, int* offsets, float* start, float* result, bool relu)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var (s, t, u, v) = (Begin<TLanes, TVector>(start, offsets[0]), TLanes.Zero, TLanes.Zero, TLanes.Zero);
        var i = 0;
        for (; i + 4 <= count; i += 4)
        {
            s = TLanes.MultiplyAdd(TLanes.Load(matrix + ((nint)places[i] * length)), TLanes.All(factors[i]), s);
            t = TLanes.MultiplyAdd(TLanes.Load(matrix + ((nint)places[i + 1] * length)), TLanes.All(factors[i + 1]), t);
            u = TLanes.MultiplyAdd(TLanes.Load(matrix + ((nint)places[i + 2] * length)), TLanes.All(factors[i + 2]), u);
            v = TLanes.MultiplyAdd(TLanes.Load(matrix + ((nint)places[i + 3] * length)), TLanes.All(factors[i + 3]), v);
        }

        for (; i < count; i++)
        {
            s = TLanes.MultiplyAdd(TLanes.Load(matrix + ((nint)places[i] * length)), TLanes.All(factors[i]), s);
        }

        End<TLanes, TVector>(TLanes.Add(TLanes.Add(s, t), TLanes.Add(u, v)), result + offsets[0], relu);
    }
}
