using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Layerwise.Kernels;

/// <summary>
/// r = x ⊙ Wᵀs for many rows x and s, with AVX-512, where an input's sign says which of two weights W⁺ and W⁻ it has: eight inputs of a row at a time, each the
/// dot product of s with its own weights. What the other weights would give is never computed.
/// </summary>
internal static unsafe class SignedDots
{
    private const int Lanes = 16, Group = 8;

    // Outputs whose weights, of both signs for eight inputs, stay in the first cache while the rows pass over them.
    private const int MostOfBlock = 20 * Lanes;

    // Rows whose s stay in the second cache while the groups of inputs pass over them.
    private const int ChunkNumbers = 1 << 16;

    /// <summary>Whether a layer of so many inputs and outputs is computed here.</summary>
    public static bool Suit(long inputs, long outputs) => Avx512F.IsSupported && inputs % Group == 0 && outputs % Lanes == 0;

    /// <summary>How many numbers the weights take.</summary>
    public static long PackedLength(long inputs, long outputs) => 2 * inputs * outputs;

    /// <summary>Lays weights [outputs, 2·inputs], those of both signs beside each other, out: group by group, block by block, input by input those of inputs above 0, then below.</summary>
    public static void Pack(float* weights, int inputs, int outputs, float* packed)
    {
        for (var group = 0; group < inputs; group += Group)
        {
            for (var (first, end) = (0, 0); first < outputs; first = end)
            {
                end = BlockEnd(first, outputs);
                for (var input = group; input < group + Group; input++)
                {
                    for (var sign = 0; sign < 2; sign++)
                    {
                        for (var output = first; output < end; output++)
                        {
                            *packed++ = weights[(2L * inputs * output) + (sign * inputs) + input];
                        }
                    }
                }
            }
        }
    }

    /// <summary>r = x ⊙ Wᵀs.</summary>
    /// <param name="s">[rows, outputs].</param>
    /// <param name="x">[rows, inputs].</param>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="inputs">How many inputs a row has.</param>
    /// <param name="outputs">How many outputs.</param>
    /// <param name="weights">From <see cref="Pack"/>; aligned to vectors.</param>
    /// <param name="r">[rows, inputs].</param>
    public static void Run(float* s, float* x, long rows, int inputs, int outputs, float* weights, float* r)
    {
        var chunk = Math.Max(ChunkNumbers / outputs, 1);
        var chunks = (rows + chunk - 1) / chunk;
        var groups = inputs / Group;
        Fused.Spread(chunks * groups, (long)chunk * Group * Math.Max(1, outputs / 32), part =>
        {
            var (first, group) = (part / groups * chunk, part % groups);
            var block = weights + (group * 2 * Group * outputs);
            for (var (output, end) = (0, 0); output < outputs; output = end)
            {
                end = BlockEnd(output, outputs);
                var at = (first * inputs) + (group * Group);
                Do(s + (first * outputs) + output, outputs, x + at, r + at, inputs, Math.Min(chunk, rows - first), block, end - output, output == 0, end == outputs);
                block += 2 * Group * (end - output);
            }
        });
    }

    // Blocks of about the same length.
    private static int BlockEnd(int first, int outputs)
    {
        var blocks = (outputs - first + MostOfBlock - 1) / MostOfBlock;
        return first + (((outputs - first) / Lanes + blocks - 1) / blocks * Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Do(float* s, long outputs, float* x, float* r, long inputs, long rows, float* weights, long length, bool isFirst, bool isLast)
    {
        for (var row = 0L; row < rows; row++)
        {
            float* w0 = Of(0), w1 = Of(1), w2 = Of(2), w3 = Of(3), w4 = Of(4), w5 = Of(5), w6 = Of(6), w7 = Of(7);
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
            for (var k = 0L; k < length; k += Lanes)
            {
                var value = Vector512.Load(s + k);
                a0 = Avx512F.FusedMultiplyAdd(value, Vector512.Load(w0 + k), a0);
                a1 = Avx512F.FusedMultiplyAdd(value, Vector512.Load(w1 + k), a1);
                a2 = Avx512F.FusedMultiplyAdd(value, Vector512.Load(w2 + k), a2);
                a3 = Avx512F.FusedMultiplyAdd(value, Vector512.Load(w3 + k), a3);
                a4 = Avx512F.FusedMultiplyAdd(value, Vector512.Load(w4 + k), a4);
                a5 = Avx512F.FusedMultiplyAdd(value, Vector512.Load(w5 + k), a5);
                a6 = Avx512F.FusedMultiplyAdd(value, Vector512.Load(w6 + k), a6);
                a7 = Avx512F.FusedMultiplyAdd(value, Vector512.Load(w7 + k), a7);
            }

            var sums = Sums(a0, a1, a2, a3, a4, a5, a6, a7);
            sums = isFirst ? sums : sums + Vector256.Load(r);
            sums = isLast ? sums * Vector256.Load(x) : sums;
            sums.Store(r);
            s += outputs;
            x += inputs;
            r += inputs;
        }

        float* Of(int input) => weights + (((2 * input) + ((*(int*)(x + input) >>> 31) & 1)) * length);
    }

    // The sum of each of eight vectors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Sums(Vector512<float> a0, Vector512<float> a1, Vector512<float> a2, Vector512<float> a3, Vector512<float> a4, Vector512<float> a5, Vector512<float> a6, Vector512<float> a7)
    {
        var low = Fours(Pair(Half(a0), Half(a1)), Pair(Half(a2), Half(a3)));
        var high = Fours(Pair(Half(a4), Half(a5)), Pair(Half(a6), Half(a7)));
        return Avx.Permute2x128(low, high, 0x20) + Avx.Permute2x128(low, high, 0x31);

        static Vector256<float> Half(Vector512<float> a) => a.GetLower() + a.GetUpper();

        static Vector256<float> Pair(Vector256<float> a, Vector256<float> b) => Avx.UnpackLow(a, b) + Avx.UnpackHigh(a, b);

        static Vector256<float> Fours(Vector256<float> a, Vector256<float> b) => Avx.Shuffle(a, b, 0x44) + Avx.Shuffle(a, b, 0xEE);
    }
}
