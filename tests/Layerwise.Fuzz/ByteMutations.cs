namespace Layerwise.Fuzz;

/// <summary>Damage to a file's bytes.</summary>
internal static class ByteMutations
{
    public static byte[] Apply(Random random, byte[] bytes, Seeds seeds)
    {
        if (bytes.Length == 0)
        {
            return [(byte)random.Next(256)];
        }

        var (at, length) = Run(random, bytes.Length);
        switch (random.Next(9))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2:
                random.NextBytes(bytes.AsSpan(at, length));
                return bytes;
            case 3:
                bytes.AsSpan(at, length).Fill(random.Next(2) == 0 ? (byte)0 : (byte)0xFF);
                return bytes;
            case 4:
                return bytes[..at];
            case 5:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 6:
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 7:
                var (_, other) = seeds.Pick(random);
                var (from, size) = Run(random, Math.Max(1, other.Length));
                return [.. bytes[..at], .. other.AsSpan(Math.Min(from, other.Length), Math.Min(size, other.Length - Math.Min(from, other.Length))), .. bytes[at..]];
            default:
                // Lengths, dimensions and tags are numbers of variable length.
                var end = at;
                while (end < bytes.Length && bytes[end] >= 0x80)
                {
                    end++;
                }

                return [.. bytes[..at], .. Varint(unchecked((ulong)Nasty.Integer(random))), .. bytes[Math.Min(end + 1, bytes.Length)..]];
        }
    }

    // Rather near the start, where a model's structure is, than anywhere.
    private static (int At, int Length) Run(Random random, int length)
    {
        var at = random.Next(random.Next(2) == 0 ? Math.Min(length, 2048) : length);
        return (at, Math.Min(length - at, 1 + random.Next(1 << random.Next(8))));
    }

    private static IEnumerable<byte> Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            yield return (byte)(value | 0x80);
        }

        yield return (byte)value;
    }
}
