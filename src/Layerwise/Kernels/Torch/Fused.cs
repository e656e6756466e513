using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// Functions of up to three values, element by element, in one pass over memory: what libtorch would take a pass and a tensor each for.
/// On the CPU, for float32 tensors that lie alike in memory.
/// </summary>
internal static class Fused
{
    // Below this, a second thread costs more than it saves.
    private const int LeastToSpread = 1 << 16;

    /// <summary>A function of vectors and one number.</summary>
    internal interface IFunction
    {
        static abstract Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> number);
    }

    /// <summary>Writes the function of each element; <c>false</c>, and nothing, where the tensors do not lie alike or the stabilizer is none of the usual form.</summary>
    public static bool Set<TFunction>(Kernels.Torch.Buffer result, Kernels.Torch.Buffer a, Kernels.Torch.Buffer b, Kernels.Torch.Buffer c, Stabilizer epsilon)
        where TFunction : struct, IFunction
    {
        if (epsilon.Plain is not { } number || Run<TFunction>(a.Value, b.Value, c.Value, number) is not { } value)
        {
            return false;
        }

        result.Set(value);
        return true;
    }

    /// <summary>As the other, of two values.</summary>
    public static bool Set<TFunction>(Kernels.Torch.Buffer result, Kernels.Torch.Buffer a, Kernels.Torch.Buffer b)
        where TFunction : struct, IFunction
        => Set<TFunction>(result, a, b, b, 0);

    private static Tensor? Run<TFunction>(Tensor a, Tensor b, Tensor c, float number)
        where TFunction : struct, IFunction
    {
        if (!LieAlike(a, b) || !(ReferenceEquals(b, c) || LieAlike(a, c)))
        {
            return null;
        }

        var result = empty_like(a);
        if (!result.stride().AsSpan().SequenceEqual(a.stride()))
        {
            result.Dispose();
            return null;
        }

        var count = checked((int)a.numel());
        unsafe
        {
            float* x = (float*)OneDnn.Data(a), y = (float*)OneDnn.Data(b), z = (float*)OneDnn.Data(c), r = (float*)OneDnn.Data(result);
            var threads = count < LeastToSpread ? 1 : get_num_threads();
            if (threads == 1)
            {
                Pass<TFunction>(x, y, z, r, count, number);
            }
            else
            {
                var part = ((count / threads) + Vector<float>.Count) / Vector<float>.Count * Vector<float>.Count;
                Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
                {
                    var (start, end) = (Math.Min(count, i * part), Math.Min(count, (i + 1) * part));
                    Pass<TFunction>(x + start, y + start, z + start, r + start, end - start, number);
                });
            }
        }

        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Pass<TFunction>(float* a, float* b, float* c, float* result, int count, float number)
        where TFunction : struct, IFunction
    {
        var constant = new Vector<float>(number);
        var i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            TFunction.Of(Vector.Load(a + i), Vector.Load(b + i), Vector.Load(c + i), constant).Store(result + i);
        }

        for (; i < count; i++)
        {
            result[i] = TFunction.Of(new(a[i]), new(b[i]), new(c[i]), constant)[0];
        }
    }

    private static bool LieAlike(Tensor a, Tensor b)
        => a.dtype == ScalarType.Float32 && b.dtype == ScalarType.Float32 && a.device_type == DeviceType.CPU && b.device_type == DeviceType.CPU
            && OneDnn.IsAvailable && a.shape.AsSpan().SequenceEqual(b.shape) && a.stride().AsSpan().SequenceEqual(b.stride());

    /// <summary>z + ε·sign(z), with sign(0) = +1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Stabilized(Vector<float> z, Vector<float> epsilon) => z + Vector.ConditionalSelect(Vector.LessThan(z, Vector<float>.Zero), -epsilon, epsilon);

    /// <summary>max(0, a + b); NaN stays.</summary>
    internal readonly struct SumRelu : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> number)
        {
            var sum = a + b;
            return Vector.ConditionalSelect(Vector.LessThan(sum, Vector<float>.Zero), Vector<float>.Zero, sum);
        }
    }

    /// <summary>a / stab(b).</summary>
    internal readonly struct Quotient : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> number) => a / Stabilized(b, number);
    }

    /// <summary>a·b / stab(c).</summary>
    internal readonly struct ProductQuotient : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> number) => a * b / Stabilized(c, number);
    }

    /// <summary>a / stab(c) where b is above 0, and 0 elsewhere.</summary>
    internal readonly struct QuotientWherePositive : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> number)
            => Vector.ConditionalSelect(Vector.GreaterThan(b, Vector<float>.Zero), a / Stabilized(c, number), Vector<float>.Zero);
    }

    /// <summary>a / stab(c) where b is below 0, and 0 elsewhere.</summary>
    internal readonly struct QuotientWhereNegative : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> number)
            => Vector.ConditionalSelect(Vector.LessThan(b, Vector<float>.Zero), a / Stabilized(c, number), Vector<float>.Zero);
    }
}
