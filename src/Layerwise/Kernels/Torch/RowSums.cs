using System.Numerics;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// A row s times a matrix: the matrix's rows, each times its number, added up. Rows of a zero are not read: of a last layer from one class that is all
/// but one row, and behind a Relu about half of them.
/// </summary>
internal static unsafe class RowSums
{
    // What a thread adds up at a time: of a result that stays in the first cache, as much of a row as is read in one go.
    private const int Part = 1024;

    /// <summary>Whether these kernels have a sample's product with a matrix.</summary>
    public static bool Suit(Tensor s, Tensor matrix)
        => OneDnn.IsAvailable && s.numel() == s.shape[^1] && s.numel() <= int.MaxValue && s.dtype == ScalarType.Float32 && s.device_type == TorchSharp.DeviceType.CPU && matrix.is_contiguous();

    /// <summary>sW, the caller's to dispose; <c>null</c> where s has several rows or more numbers than zeros, and libtorch's product is faster.</summary>
    /// <param name="s">[…, rows].</param>
    /// <param name="matrix">[rows, columns].</param>
    public static Tensor? Of(Tensor s, Tensor matrix)
    {
        if (!Suit(s, matrix))
        {
            return null;
        }

        using var row = s.contiguous();
        var places = NotZero(new((float*)OneDnn.Data(row), (int)row.numel()));
        if (places.Length > row.numel() / 2)
        {
            return null;
        }

        var columns = matrix.shape[1];
        var result = zeros([.. s.shape[..^1], columns]);
        float* factors = (float*)OneDnn.Data(row), from = (float*)OneDnn.Data(matrix), to = (float*)OneDnn.Data(result);
        Fused.Spread((columns + Part - 1) / Part, (long)Part * places.Length, part => Add(factors, places, from + (part * Part), columns, (int)Math.Min(Part, columns - (part * Part)), to + (part * Part)));
        return result;
    }

    private static int[] NotZero(ReadOnlySpan<float> values)
    {
        var places = new List<int>();
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] != 0)
            {
                places.Add(i);
            }
        }

        return [.. places];
    }

    // Four rows at a time, so that the result is read and written once for them.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* factors, int[] places, float* matrix, long columns, int count, float* to)
    {
        var next = 0;
        for (; next + 4 <= places.Length; next += 4)
        {
            float* a = matrix + (places[next] * columns), b = matrix + (places[next + 1] * columns), c = matrix + (places[next + 2] * columns), d = matrix + (places[next + 3] * columns);
            float fa = factors[places[next]], fb = factors[places[next + 1]], fc = factors[places[next + 2]], fd = factors[places[next + 3]];
            Vector<float> va = new(fa), vb = new(fb), vc = new(fc), vd = new(fd);
            var i = 0;
            for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            {
                (Vector.Load(to + i) + ((Vector.Load(a + i) * va) + (Vector.Load(b + i) * vb)) + ((Vector.Load(c + i) * vc) + (Vector.Load(d + i) * vd))).Store(to + i);
            }

            for (; i < count; i++)
            {
                to[i] = to[i] + ((a[i] * fa) + (b[i] * fb)) + ((c[i] * fc) + (d[i] * fd));
            }
        }

        for (; next < places.Length; next++)
        {
            var a = matrix + (places[next] * columns);
            var factor = factors[places[next]];
            var i = 0;
            for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            {
                (Vector.Load(to + i) + (Vector.Load(a + i) * new Vector<float>(factor))).Store(to + i);
            }

            for (; i < count; i++)
            {
                to[i] += a[i] * factor;
            }
        }
    }
}
