namespace Layerwise.Tool.Comparison;

/// <summary>How alike two explanations of the same numbers are. Not a number where one of them is the same everywhere.</summary>
internal static class Similarity
{
    /// <summary>The cosine of the angle between them: 1 where one is a multiple of the other, −1 where it is its opposite.</summary>
    public static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var (dot, aa, bb) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            dot += (double)a[i] * b[i];
            aa += (double)a[i] * a[i];
            bb += (double)b[i] * b[i];
        }

        return dot / Math.Sqrt(aa * bb);
    }

    /// <summary>Spearman's rank correlation: 1 where both order the elements alike, −1 where in reverse; equal elements share their mean rank.</summary>
    public static double Spearman(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var (ranksA, ranksB) = (Ranks(a), Ranks(b));
        var mean = (a.Length + 1) / 2.0;
        var (both, onlyA, onlyB) = (0.0, 0.0, 0.0);
        for (var i = 0; i < ranksA.Length; i++)
        {
            var (x, y) = (ranksA[i] - mean, ranksB[i] - mean);
            both += x * y;
            onlyA += x * x;
            onlyB += y * y;
        }

        return both / Math.Sqrt(onlyA * onlyB);
    }

    /// <summary>The place of each element in the order of size, 1-based.</summary>
    private static double[] Ranks(ReadOnlySpan<float> values)
    {
        var (sorted, order) = (values.ToArray(), Enumerable.Range(0, values.Length).ToArray());
        Array.Sort(sorted, order);
        var ranks = new double[sorted.Length];
        for (int first = 0, next; first < sorted.Length; first = next)
        {
            for (next = first + 1; next < sorted.Length && sorted[next].Equals(sorted[first]); next++)
            {
            }

            for (var i = first; i < next; i++)
            {
                ranks[order[i]] = (first + 1 + next) / 2.0;
            }
        }

        return ranks;
    }
}
