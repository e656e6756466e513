using System.Numerics;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// A matrix times a column x: each of the matrix's rows times it, four rows at a time. libtorch's product of one sample reads a matrix that the caches
/// hold at half the speed; one that comes from memory as fast.
/// </summary>
internal static unsafe class RowDots
{
    private const int Rows = 4;

    // Numbers of a matrix that is read from memory rather than from a cache.
    private const long Most = 1 << 22;

    /// <summary>Wx + b, the caller's to dispose; <c>null</c> where x is several samples, or libtorch as fast.</summary>
    /// <param name="x">[…, columns].</param>
    /// <param name="matrix">[rows, columns].</param>
    /// <param name="bias">[rows], or <c>null</c>.</param>
    public static Tensor? Of(Tensor x, Tensor matrix, Tensor? bias)
    {
        if (!RowSums.Suit(x, matrix) || matrix.numel() > Most || bias is { } shift && !(shift.dim() == 1 && shift.is_contiguous()))
        {
            return null;
        }

        using var column = x.contiguous();
        var (rows, columns) = (matrix.shape[0], (int)matrix.shape[1]);
        var result = empty([.. x.shape[..^1], rows]);
        float* from = (float*)OneDnn.Data(column), weights = (float*)OneDnn.Data(matrix), start = bias is null ? null : (float*)OneDnn.Data(bias), to = (float*)OneDnn.Data(result);
        Fused.Spread((rows + Rows - 1) / Rows, Rows * columns, part => Dots(from, weights, columns, part * Rows, rows, start, to));
        return result;
    }

    // Behind the last row stands itself again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dots(float* x, float* matrix, int columns, long first, long rows, float* bias, float* to)
    {
        var last = rows - 1;
        float* a = matrix + (first * columns), b = matrix + (Math.Min(first + 1, last) * columns), c = matrix + (Math.Min(first + 2, last) * columns), d = matrix + (Math.Min(first + 3, last) * columns);
        Vector<float> va = default, vb = default, vc = default, vd = default, wa = default, wb = default, wc = default, wd = default;
        var i = 0;
        for (; i <= columns - (2 * Vector<float>.Count); i += 2 * Vector<float>.Count)
        {
            var j = i + Vector<float>.Count;
            Vector<float> v = Vector.Load(x + i), w = Vector.Load(x + j);
            va += Vector.Load(a + i) * v;
            vb += Vector.Load(b + i) * v;
            vc += Vector.Load(c + i) * v;
            vd += Vector.Load(d + i) * v;
            wa += Vector.Load(a + j) * w;
            wb += Vector.Load(b + j) * w;
            wc += Vector.Load(c + j) * w;
            wd += Vector.Load(d + j) * w;
        }

        float sa = Vector.Sum(va + wa), sb = Vector.Sum(vb + wb), sc = Vector.Sum(vc + wc), sd = Vector.Sum(vd + wd);
        for (; i < columns; i++)
        {
            sa += a[i] * x[i];
            sb += b[i] * x[i];
            sc += c[i] * x[i];
            sd += d[i] * x[i];
        }

        ReadOnlySpan<float> sums = [sa, sb, sc, sd];
        for (var row = first; row < Math.Min(first + Rows, rows); row++)
        {
            to[row] = sums[(int)(row - first)] + (bias == null ? 0 : bias[row]);
        }
    }
}
