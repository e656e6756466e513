using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using CsCheck;
using Layerwise.Testing;

namespace Layerwise.Tool.Tests;

public sealed class NpyTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_reads_back_to_the_bit()
    {
        var shapes = Gen.Long[0, 4].Array[0, 4];
        shapes.SelectMany(shape => Gen.Int.Array[(int)shape.Aggregate(1L, (a, b) => a * b)].Select(bits => (shape, bits))).Sample(
            sample =>
            {
                Npy.Write(_folder["a.npy"], sample.shape, MemoryMarshal.Cast<int, float>(sample.bits));
                var read = Npy.Read(_folder["a.npy"]);
                Assert.Equal(sample.shape, read.Shape);
                Assert.Equal(sample.bits, MemoryMarshal.Cast<float, int>(read.Values).ToArray());
            },
            iter: 200,
            threads: 1);
        Assert.Equal(["a.npy"], _folder.Files());
    }

    [Fact]
    public void The_header_is_numpys_own()
    {
        var bytes = File.ReadAllBytes(_folder.Array("a.npy", [2], 1f, 2f));
        Assert.Equal(64 * 2 + 8, bytes.Length); // numpy aligns the data to 64 bytes
        Assert.StartsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", Encoding.ASCII.GetString(bytes, 10, 118), StringComparison.Ordinal);
        Assert.Equal((byte)'\n', bytes[127]);
    }

    public static TheoryData<string, byte[], float[]> Types => new()
    {
        { "<f2", Bytes<Half>((Half)1.5, (Half)(-2)), [1.5f, -2] },
        { "<f4", Bytes<float>(1.5f, -2), [1.5f, -2] },
        { "<f8", Bytes<double>(1.5, -2), [1.5f, -2] },
        { "|i1", Bytes<sbyte>(1, -2), [1, -2] },
        { "<i2", Bytes<short>(300, -2), [300, -2] },
        { "<i4", Bytes<int>(70000, -2), [70000, -2] },
        { "<i8", Bytes<long>(1L << 40, -2), [1L << 40, -2] },
        { "|u1", Bytes<byte>(1, 255), [1, 255] },
        { "<u2", Bytes<ushort>(1, 65535), [1, 65535] },
        { "<u4", Bytes<uint>(1, 1u << 31), [1, 1u << 31] },
        { "<u8", Bytes<ulong>(1, 1ul << 63), [1, 1ul << 63] },
        { "|b1", [0, 1], [0, 1] },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_little_endian_number_type_reads(string type, byte[] data, float[] expected)
    {
        foreach (byte version in (byte[])[1, 2, 3])
        {
            var file = _folder.Write("a.npy", NpyFile(version, $"{{'descr': '{type}', 'fortran_order': False, 'shape': (2,), }}", data));
            Assert.Equal(expected, Npy.Read(file).Values);
        }
    }

    [Fact]
    public void Fortran_order_is_put_into_C_order()
    {
        // numpy.asfortranarray(numpy.arange(24).reshape(2, 3, 4)) lies in memory with the first index the fastest.
        float[] memory = [.. from k in Enumerable.Range(0, 4) from j in Enumerable.Range(0, 3) from i in Enumerable.Range(0, 2) select (float)(i * 12 + j * 4 + k)];
        var file = _folder.Write("a.npy", NpyFile(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3, 4), }", Bytes(memory)));
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)i), Npy.Read(file).Values);
    }

    [Theory]
    [InlineData(">f4", "(2,)", 8, "'>f4'")] // big-endian
    [InlineData("<U4", "(2,)", 32, "'<U4'")] // text
    [InlineData("<f4", "(3,)", 8, "cut short")]
    [InlineData("<f4", "(1,)", 8, "cut short or damaged")]
    [InlineData("<f4", "(4611686018427387904, 4)", 8, "larger")] // the product overflows
    [InlineData("<f4", "(1000000, 1000000)", 8, "larger")] // refused before it is allocated
    [InlineData("<f4", "(-1,)", 8, "header")]
    public void A_damaged_or_strange_array_is_refused(string type, string shape, int bytes, string expected)
    {
        var file = _folder.Write("a.npy", NpyFile(1, $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}", new byte[bytes]));
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Npy.Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_cut_of_a_file_is_refused()
    {
        var whole = File.ReadAllBytes(_folder.Array("a.npy", [2, 2], 1, 2, 3, 4));
        for (var length = 0; length < whole.Length; length++)
        {
            var file = _folder.Write("cut.npy", whole[..length]);
            Assert.Throws<InvalidDataException>(() => Npy.Read(file));
        }
    }

    [Fact]
    public void An_archive_of_arrays_is_named()
    {
        var file = _folder.Write("a.npz", [(byte)'P', (byte)'K', 3, 4, .. new byte[20]]);
        Assert.Contains(".npz", Assert.Throws<InvalidDataException>(() => Npy.Read(file)).Message, StringComparison.Ordinal);
    }

    private static byte[] Bytes<T>(params T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static byte[] NpyFile(byte version, string header, byte[] data)
    {
        var size = new byte[version == 1 ? 2 : 4];
        header += "\n";
        if (version == 1)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(size, (ushort)header.Length);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(size, (uint)header.Length);
        }

        return [0x93, .. "NUMPY"u8, version, 0, .. size, .. Encoding.ASCII.GetBytes(header), .. data];
    }
}
