using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// Functions of up to three values, element by element, in one pass over memory: what libtorch would take a pass and a tensor each for.
/// For float32 tensors that lie alike in memory, of the CPU or of one CUDA device.
/// </summary>
internal static class Fused
{
    // Below this, a second thread costs more than it saves.
    private const int LeastToSpread = 1 << 16;

    // What a thread does at a time.
    private const long Part = 1 << 15;

    /// <summary>All of them as kernels of a CUDA device, by their names.</summary>
    public static IReadOnlyDictionary<string, string> OnCuda { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [nameof(Sum)] = Kernel<Sum>(),
        [nameof(SumOfThree)] = Kernel<SumOfThree>(),
        [nameof(Difference)] = Kernel<Difference>(),
        [nameof(Product)] = Kernel<Product>(),
        [nameof(SumRelu)] = Kernel<SumRelu>(),
        [nameof(Quotient)] = Kernel<Quotient>(),
        [nameof(ProductQuotient)] = Kernel<ProductQuotient>(),
        [nameof(Gamma)] = PairKernel<Gamma>(),
        [nameof(AlphaBeta)] = PairKernel<AlphaBeta>(),
    };

    /// <summary>A function of vectors and two numbers: a stabilizer's, and what the result counts.</summary>
    internal interface IFunction
    {
        /// <summary>The same for CUDA, as <see cref="CudaKernels.Kernel"/> takes it.</summary>
        static abstract string Cuda { get; }

        static abstract Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> number, Vector<float> times);
    }

    /// <summary>Two quotients of a relevance, by an output z and its positive contributions p, with two parameters of the rule's and ε.</summary>
    internal interface IPairFunction
    {
        /// <summary>The same for CUDA, as <see cref="CudaKernels.PairKernel"/> takes it.</summary>
        static abstract string Cuda { get; }

        static abstract (Vector<float> First, Vector<float> Second) Of(Vector<float> r, Vector<float> z, Vector<float> p, Vector<float> first, Vector<float> second, Vector<float> epsilon);
    }

    /// <summary>Writes the function of each element; <c>false</c>, and nothing, where the tensors do not lie alike or the stabilizer is none of the usual form.</summary>
    public static bool Set<TFunction>(Kernels.Torch.Buffer result, Kernels.Torch.Buffer a, Kernels.Torch.Buffer b, Kernels.Torch.Buffer c, Stabilizer epsilon, float times = 1, Kernels.Torch.Buffer? over = null)
        where TFunction : struct, IFunction
    {
        if (epsilon.Plain is not { } number || Run<TFunction>(a.Value, b.Value, c.Value, number, times, over) is not { } value)
        {
            return false;
        }

        result.Set(value);
        return true;
    }

    /// <summary>As the other, of two values.</summary>
    public static bool Set<TFunction>(Kernels.Torch.Buffer result, Kernels.Torch.Buffer a, Kernels.Torch.Buffer b, Kernels.Torch.Buffer? over = null)
        where TFunction : struct, IFunction
        => Set<TFunction>(result, a, b, b, 0, over: over);

    /// <summary>Writes both quotients of a relevance r, or of c ⊙ factor, by what an output z and its positive contributions p make; <c>false</c> as the others.</summary>
    public static bool SetPair<TFunction>(
        Kernels.Torch.Buffer first, Kernels.Torch.Buffer second, Kernels.Torch.Buffer r, Kernels.Torch.Buffer? factor, Kernels.Torch.Buffer z, Kernels.Torch.Buffer p, (float, float) parameters, Stabilizer epsilon, Kernels.Torch.Buffer? over = null)
        where TFunction : struct, IPairFunction
    {
        if (epsilon.Plain is not { } number || !LieAlike(r.Value, z.Value) || !LieAlike(r.Value, p.Value) || (factor is not null && !LieAlike(r.Value, factor.Value)) || Like(r.Value) is not { } other || Over(r.Value, over) is not { } one)
        {
            return false;
        }

        if (one.device_type == DeviceType.CUDA)
        {
            CudaKernels.RunPair(typeof(TFunction).Name, one.device_index, OneDnn.Data(r.Value), factor is null ? 0 : OneDnn.Data(factor.Value), OneDnn.Data(z.Value), OneDnn.Data(p.Value), OneDnn.Data(one), OneDnn.Data(other), parameters, number, one.numel());
            first.Set(one);
            second.Set(other);
            return true;
        }

        unsafe
        {
            float* a = (float*)OneDnn.Data(r.Value), b = (float*)OneDnn.Data(z.Value), c = (float*)OneDnn.Data(p.Value), x = (float*)OneDnn.Data(one), y = (float*)OneDnn.Data(other);
            var times = factor is null ? null : (float*)OneDnn.Data(factor.Value);
            Parts(one.numel(), (start, count) => PairPass<TFunction>(a + start, times == null ? null : times + start, b + start, c + start, x + start, y + start, count, parameters, number));
        }

        first.Set(one);
        second.Set(other);
        return true;
    }

    private static Tensor? Run<TFunction>(Tensor a, Tensor b, Tensor c, float number, float times, Kernels.Torch.Buffer? over)
        where TFunction : struct, IFunction
    {
        if (!LieAlike(a, b) || !(ReferenceEquals(b, c) || LieAlike(a, c)))
        {
            return null;
        }

        if (Over(a, over) is not { } result)
        {
            return null;
        }

        if (result.device_type == DeviceType.CUDA)
        {
            CudaKernels.Run(typeof(TFunction).Name, result.device_index, OneDnn.Data(a), OneDnn.Data(b), OneDnn.Data(c), OneDnn.Data(result), number, times, result.numel());
            return result;
        }

        unsafe
        {
            float* x = (float*)OneDnn.Data(a), y = (float*)OneDnn.Data(b), z = (float*)OneDnn.Data(c), r = (float*)OneDnn.Data(result);
            Parts(a.numel(), (start, count) => Pass<TFunction>(x + start, y + start, z + start, r + start, count, number, times));
        }

        return result;
    }

    // Element by element, a result may be written over what it is made of, unless that is a part of something larger.
    private static Tensor? Over(Tensor a, Kernels.Torch.Buffer? over)
        => over is { IsKept: false, IsEmpty: false } && LieAlike(a, over.Value) && IsDense(a) ? over.Value.alias() : Like(a);

    // A tensor that lies in memory as another; null where libtorch would make it lie otherwise.
    private static Tensor? Like(Tensor a)
    {
        var result = empty_like(a);
        if (OneDnn.Strides(result).SequenceEqual(OneDnn.Strides(a)))
        {
            return result;
        }

        result.Dispose();
        return null;
    }

    // Whether a tensor's elements lie side by side in some order of its axes.
    private static bool IsDense(Tensor a)
    {
        var shape = OneDnn.Shape(a);
        var strides = OneDnn.Strides(a);
        for (var next = 1L; next < a.numel();)
        {
            var axis = 0;
            while (axis < shape.Length && (shape[axis] == 1 || strides[axis] != next))
            {
                axis++;
            }

            if (axis == shape.Length)
            {
                return false;
            }

            next *= shape[axis];
        }

        return true;
    }

    /// <summary>As <see cref="Spread"/>, so many elements by their first and their number.</summary>
    public static void Parts(long count, Action<long, int> work)
        => Spread((count + Part - 1) / Part, Part, part => work(part * Part, (int)Math.Min(Part, count - (part * Part))));

    /// <summary>Does a work part by part, on as many threads as libtorch has where it is worth that.</summary>
    /// <param name="parts">How many parts there are; no two write to one place.</param>
    /// <param name="size">How many elements a part has.</param>
    /// <param name="work">Does one part.</param>
    public static void Spread(long parts, long size, Action<long> work)
    {
        var threads = parts * size < LeastToSpread ? 1 : (int)Math.Min(parts, get_num_threads());
        if (threads <= 1)
        {
            for (var part = 0L; part < parts; part++)
            {
                work(part);
            }

            return;
        }

        OneDnn.Parallel(threads, (thread, count) =>
        {
            for (var part = parts * thread / count; part < parts * (thread + 1) / count; part++)
            {
                work(part);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Pass<TFunction>(float* a, float* b, float* c, float* result, int count, float number, float times)
        where TFunction : struct, IFunction
    {
        var (constant, factor) = (new Vector<float>(number), new Vector<float>(times));
        var i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            TFunction.Of(Vector.Load(a + i), Vector.Load(b + i), Vector.Load(c + i), constant, factor).Store(result + i);
        }

        for (; i < count; i++)
        {
            result[i] = TFunction.Of(new(a[i]), new(b[i]), new(c[i]), constant, factor)[0];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void PairPass<TFunction>(float* r, float* factor, float* z, float* p, float* first, float* second, int count, (float First, float Second) parameters, float epsilon)
        where TFunction : struct, IPairFunction
    {
        var (one, other, number) = (new Vector<float>(parameters.First), new Vector<float>(parameters.Second), new Vector<float>(epsilon));
        var i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            var relevance = factor == null ? Vector.Load(r + i) : Vector.Load(r + i) * Vector.Load(factor + i);
            var (x, y) = TFunction.Of(relevance, Vector.Load(z + i), Vector.Load(p + i), one, other, number);
            x.Store(first + i);
            y.Store(second + i);
        }

        for (; i < count; i++)
        {
            var (x, y) = TFunction.Of(new(factor == null ? r[i] : r[i] * factor[i]), new(z[i]), new(p[i]), one, other, number);
            (first[i], second[i]) = (x[0], y[0]);
        }
    }

    private static bool LieAlike(Tensor a, Tensor b)
        => a.dtype == ScalarType.Float32 && b.dtype == ScalarType.Float32 && HasKernels(a, b) && OneDnn.Shape(a).SequenceEqual(OneDnn.Shape(b)) && OneDnn.Strides(a).SequenceEqual(OneDnn.Strides(b));

    private static bool HasKernels(Tensor a, Tensor b) => (a.device_type, b.device_type) switch
    {
        (DeviceType.CPU, DeviceType.CPU) => OneDnn.IsAvailable,
        (DeviceType.CUDA, DeviceType.CUDA) => a.device_index == b.device_index && CudaKernels.Suit(a.device_index),
        _ => false,
    };

    private static string Kernel<TFunction>()
        where TFunction : struct, IFunction
        => CudaKernels.Kernel(typeof(TFunction).Name, TFunction.Cuda);

    private static string PairKernel<TFunction>()
        where TFunction : struct, IPairFunction
        => CudaKernels.PairKernel(typeof(TFunction).Name, TFunction.Cuda);

    /// <summary>z + ε·sign(z), with sign(0) = +1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Stabilized(Vector<float> z, Vector<float> epsilon) => z + Vector.ConditionalSelect(Vector.LessThan(z, Vector<float>.Zero), -epsilon, epsilon);

    /// <summary>a + b.</summary>
    internal readonly struct Sum : IFunction
    {
        public static string Cuda => "a + b";

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> number, Vector<float> times) => a + b;
    }

    /// <summary>a + b + c.</summary>
    internal readonly struct SumOfThree : IFunction
    {
        public static string Cuda => "a + b + c";

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> number, Vector<float> times) => a + b + c;
    }

    /// <summary>a − b.</summary>
    internal readonly struct Difference : IFunction
    {
        public static string Cuda => "a - b";

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> number, Vector<float> times) => a - b;
    }

    /// <summary>a·b.</summary>
    internal readonly struct Product : IFunction
    {
        public static string Cuda => "a * b";

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> number, Vector<float> times) => a * b;
    }

    /// <summary>max(0, a + b); NaN stays.</summary>
    internal readonly struct SumRelu : IFunction
    {
        public static string Cuda => "a + b < 0 ? 0 : a + b";

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> number, Vector<float> times)
        {
            var sum = a + b;
            return Vector.ConditionalSelect(Vector.LessThan(sum, Vector<float>.Zero), Vector<float>.Zero, sum);
        }
    }

    /// <summary>a / stab(b).</summary>
    internal readonly struct Quotient : IFunction
    {
        public static string Cuda => "a * times / stabilized(b, number)";

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> number, Vector<float> times) => a * times / Stabilized(b, number);
    }

    /// <summary>As <see cref="Torch.DivideGamma"/>, of γ.</summary>
    internal readonly struct Gamma : IPairFunction
    {
        public static string Cuda => """
            float q = r / stabilized(z + first * (z > 0 ? p : z - p), epsilon);
            q = z > 0 || z < 0 ? q : 0;
            x = z < 0 ? q + first * q : q;
            y = first * (z < 0 ? -q : q);
            """;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector<float> First, Vector<float> Second) Of(Vector<float> r, Vector<float> z, Vector<float> p, Vector<float> first, Vector<float> second, Vector<float> epsilon)
        {
            var (above, below) = (Vector.GreaterThan(z, Vector<float>.Zero), Vector.LessThan(z, Vector<float>.Zero));
            var quotient = r / Stabilized(z + (first * Vector.ConditionalSelect(above, p, z - p)), epsilon);
            quotient = Vector.ConditionalSelect(above | below, quotient, Vector<float>.Zero);
            return (Vector.ConditionalSelect(below, quotient + (first * quotient), quotient), first * Vector.ConditionalSelect(below, -quotient, quotient));
        }
    }

    /// <summary>As <see cref="Torch.DivideAlphaBeta"/>, of α and β.</summary>
    internal readonly struct AlphaBeta : IPairFunction
    {
        public static string Cuda => FormattableString.Invariant($"""
            const float rest = z - p, rounded = p * -{Remainder.Rounding:R}f;
            x = r * first / stabilized(p, epsilon);
            y = r * -second / stabilized(rounded < rest ? rounded : rest, epsilon);
            """);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector<float> First, Vector<float> Second) Of(Vector<float> r, Vector<float> z, Vector<float> p, Vector<float> first, Vector<float> second, Vector<float> epsilon)
            => (r * first / Stabilized(p, epsilon), r * -second / Stabilized(Vector.Min(z - p, p * -Remainder.Rounding), epsilon));
    }

    /// <summary>a·b / stab(c).</summary>
    internal readonly struct ProductQuotient : IFunction
    {
        public static string Cuda => "a * b * times / stabilized(c, number)";

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> number, Vector<float> times) => a * b * times / Stabilized(c, number);
    }
}
