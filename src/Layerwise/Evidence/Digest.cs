using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Layerwise.Evidence;

/// <summary>Hashes of numbers with their type and shape, and what is left of them in a few digits.</summary>
internal static class Digest
{
    private const int Largest = 10, Digits = 6;

    public static string Hex(ReadOnlySpan<byte> hash) => Convert.ToHexString(hash).ToLowerInvariant();

    /// <summary>SHA-256 of <c>float32 1,3,224,224\n</c> and the numbers.</summary>
    public static string Of(ReadOnlySpan<float> values, IReadOnlyList<long> shape) => Of("float32", MemoryMarshal.AsBytes(values), shape);

    /// <summary>As the other, of numbers of any type, as they lie in the memory of a little-endian machine.</summary>
    public static string Of(string type, ReadOnlySpan<byte> values, IReadOnlyList<long> shape)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes($"{type} {string.Join(",", shape.Select(dim => dim.ToString(CultureInfo.InvariantCulture)))}\n"));
        hash.AppendData(values);
        return Hex(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 of a text in UTF-8.</summary>
    public static string OfText(string text) => Hex(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>A sample's relevance in a few numbers.</summary>
    public static AuditedSample Summary(ReadOnlySpan<float> relevance)
    {
        var (sum, absolute) = (0.0, 0.0);
        var largest = new List<int>(Largest + 1);
        for (var i = 0; i < relevance.Length; i++)
        {
            sum += relevance[i];
            absolute += Math.Abs((double)relevance[i]);
            if (largest.Count < Largest || IsLarger(relevance[i], relevance[largest[^1]]))
            {
                var at = largest.Count;
                while (at > 0 && IsLarger(relevance[i], relevance[largest[at - 1]]))
                {
                    at--;
                }

                largest.Insert(at, i);
                if (largest.Count > Largest)
                {
                    largest.RemoveAt(Largest);
                }
            }
        }

        var elements = new List<AuditedElement>(largest.Count);
        foreach (var i in largest)
        {
            elements.Add(new AuditedElement(i, Round(relevance[i])));
        }

        return new AuditedSample(Round(sum), Round(absolute), elements);
    }

    // What is no number is larger than all that are.
    private static bool IsLarger(float a, float b) => float.IsNaN(a) ? !float.IsNaN(b) : Math.Abs(a) > Math.Abs(b);

    private static double Round(double value) => double.IsFinite(value) ? double.Parse(value.ToString($"G{Digits}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : value;
}
