using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Layerwise.Benchmarks;

/// <summary>What one core, or one device, can do: the floor of every time.</summary>
/// <param name="Flops">Floating-point operations a second, two to a multiply-add.</param>
/// <param name="Bandwidth">Bytes a second that are read from memory.</param>
internal sealed record Machine(double Flops, double Bandwidth)
{
    private const int Repeats = 7;

    public static Machine Measure()
    {
        var memory = GC.AllocateUninitializedArray<float>(1 << 26, pinned: true);
        memory.AsSpan().Fill(1);
        var bytes = Best(() => Read(memory));
        var multiplyAdds = 0L;
        var seconds = Best(() => multiplyAdds = MultiplyAdd());
        return new Machine(2 * multiplyAdds / seconds, memory.Length * sizeof(float) / bytes);
    }

    /// <summary>Of a device: a product of large matrices, and a sum of what its caches do not hold.</summary>
    public static Machine Measure(Device device)
    {
        InitializeDevice(device);
        backends.cuda.matmul.allow_tf32 = false;
        const int Size = 8192;
        using var matrix = randn([Size, Size], device: device);
        using var large = ones([1 << 28], device: device);
        Best(Product);
        Best(Sum);
        return new Machine(2.0 * Size * Size * Size / Best(Product), large.numel() * sizeof(float) / Best(Sum)) { Device = device };

        void Product()
        {
            matrix.mm(matrix).Dispose();
            cuda.synchronize(device);
        }

        void Sum()
        {
            large.sum().Dispose();
            cuda.synchronize(device);
        }
    }

    /// <summary>The device; the CPU unless given.</summary>
    public Device Device { get; private init; } = CPU;

    private static double Best(Action work) => Enumerable.Range(0, Repeats).Min(_ =>
    {
        var clock = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(clock).TotalSeconds;
    });

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Read(float[] memory)
    {
        var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        ref var start = ref memory[0];
        for (nuint i = 0; i < (nuint)memory.Length; i += 64)
        {
            a += Vector512.LoadUnsafe(ref start, i);
            b += Vector512.LoadUnsafe(ref start, i + 16);
            c += Vector512.LoadUnsafe(ref start, i + 32);
            d += Vector512.LoadUnsafe(ref start, i + 48);
        }

        return Vector512.Sum(a + b + c + d);
    }

    // Enough independent sums to hide the latency of each; the width is the machine's own.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long MultiplyAdd()
    {
        const int Rounds = 20_000_000, Sums = 12;
        if (Vector512.IsHardwareAccelerated)
        {
            var (x, y) = (Vector512.Create(0.999f), Vector512.Create(1e-3f));
            var (a, b, c, d, e, f, g, h, i, j, k, l) = (x, x, x, x, x, x, x, x, x, x, x, x);
            for (var round = 0; round < Rounds; round++)
            {
                a = Vector512.FusedMultiplyAdd(a, x, y);
                b = Vector512.FusedMultiplyAdd(b, x, y);
                c = Vector512.FusedMultiplyAdd(c, x, y);
                d = Vector512.FusedMultiplyAdd(d, x, y);
                e = Vector512.FusedMultiplyAdd(e, x, y);
                f = Vector512.FusedMultiplyAdd(f, x, y);
                g = Vector512.FusedMultiplyAdd(g, x, y);
                h = Vector512.FusedMultiplyAdd(h, x, y);
                i = Vector512.FusedMultiplyAdd(i, x, y);
                j = Vector512.FusedMultiplyAdd(j, x, y);
                k = Vector512.FusedMultiplyAdd(k, x, y);
                l = Vector512.FusedMultiplyAdd(l, x, y);
            }

            Sink = Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
            return (long)Rounds * Sums * Vector512<float>.Count;
        }

        var (m, n) = (new Vector<float>(0.999f), new Vector<float>(1e-3f));
        var (p, q, r, s, t, u, v, w, p2, q2, r2, s2) = (m, m, m, m, m, m, m, m, m, m, m, m);
        for (var round = 0; round < Rounds; round++)
        {
            p = Vector.FusedMultiplyAdd(p, m, n);
            q = Vector.FusedMultiplyAdd(q, m, n);
            r = Vector.FusedMultiplyAdd(r, m, n);
            s = Vector.FusedMultiplyAdd(s, m, n);
            t = Vector.FusedMultiplyAdd(t, m, n);
            u = Vector.FusedMultiplyAdd(u, m, n);
            v = Vector.FusedMultiplyAdd(v, m, n);
            w = Vector.FusedMultiplyAdd(w, m, n);
            p2 = Vector.FusedMultiplyAdd(p2, m, n);
            q2 = Vector.FusedMultiplyAdd(q2, m, n);
            r2 = Vector.FusedMultiplyAdd(r2, m, n);
            s2 = Vector.FusedMultiplyAdd(s2, m, n);
        }

        Sink = Vector.Sum(p + q + r + s + t + u + v + w + p2 + q2 + r2 + s2);
        return (long)Rounds * Sums * Vector<float>.Count;
    }

    /// <summary>Where results go, so that none is left out.</summary>
    public static float Sink { get; private set; }
}
