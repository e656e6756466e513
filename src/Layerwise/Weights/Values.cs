using System.Buffers.Binary;
using static TorchSharp.torch;

namespace Layerwise;

/// <summary>A tensor of the model that is no float32 weight: integers, truth values, float64. Read where it is used.</summary>
public sealed class Values
{
    private const int UInt4 = 21, Int4 = 22;
    private readonly OnnxTensor _tensor;

    internal Values(Weights source, OnnxTensor tensor)
    {
        _tensor = tensor;
        Source = source;
        Type = tensor.DataType switch
        {
            2 or UInt4 => ScalarType.Byte,
            3 or Int4 => ScalarType.Int8,
            5 => ScalarType.Int16,
            4 or 6 => ScalarType.Int32,
            7 or 12 or 13 => ScalarType.Int64,
            9 => ScalarType.Bool,
            OnnxTensor.Float64 => ScalarType.Float64,
            _ => throw source.Other(tensor.Name, $"has the element type {tensor.TypeName}, which nothing is computed in. Export the model with another.", "integers, truth values or float64", tensor.TypeName),
        };
        if (tensor.Encoding == OnnxEncoding.None && tensor.Count > 0)
        {
            throw source.WithoutData(tensor);
        }
    }

    /// <summary>The shape.</summary>
    public IReadOnlyList<long> Shape => _tensor.Dims;

    /// <summary>What the elements are computed in: unsigned integers in the next larger signed ones.</summary>
    public ScalarType Type { get; }

    internal Weights Source { get; }

    /// <summary>Writes the elements, in the machine's order of bytes, as <see cref="Type"/>.</summary>
    internal void CopyTo(Span<byte> destination)
    {
        var (path, chunks, flaw) = Source.Locate(_tensor);
        if (flaw is not null)
        {
            throw Source.Flawed(_tensor, flaw);
        }

        var size = _tensor.Count == 0 ? 1 : (int)(destination.Length / _tensor.Count);
        var written = 0;
        if (_tensor.Encoding == OnnxEncoding.Zero)
        {
            destination.Clear();
            return;
        }

        foreach (var chunk in chunks)
        {
            var bytes = new byte[chunk.Length];
            Source.ReadBytes(path, chunk.Offset, bytes);
            for (var at = 0; at < bytes.Length;)
            {
                if (written == destination.Length)
                {
                    throw Damaged();
                }

                var bits = _tensor.Encoding == OnnxEncoding.Varint ? Varint(bytes, ref at) : Fixed(bytes, ref at);
                if (_tensor.ElementBits == 4)
                {
                    destination[written++] = Nibble(bits);
                    bits = Nibble(bits >> 4);
                    if (written == destination.Length)
                    {
                        continue;
                    }
                }

                Write(destination.Slice(written, size), bits);
                written += size;
            }
        }

        if (written != destination.Length)
        {
            throw Damaged();
        }
    }

    // The low 4 bits as a byte, of their sign where they have one.
    private byte Nibble(ulong bits) => (byte)(_tensor.DataType == Int4 && (bits & 8) != 0 ? (bits & 0xF) | 0xF0 : bits & 0xF);

    private static void Write(Span<byte> destination, ulong bits)
    {
        Span<byte> all = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(all, bits);
        all[..destination.Length].CopyTo(destination);
    }

    private ulong Fixed(ReadOnlySpan<byte> bytes, ref int at)
    {
        var bits = 0ul;
        for (var i = 0; i < Math.Max(_tensor.ElementBits / 8, 1); i++)
        {
            bits |= (ulong)bytes[at++] << (8 * i);
        }

        return _tensor.DataType == 9 ? Math.Min(bits, 1) : bits;
    }

    private ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var (value, shift) = (0ul, 0);
        while (at < bytes.Length)
        {
            var part = bytes[at++];
            value |= shift < 64 ? (ulong)(part & 0x7F) << shift : 0;
            shift += 7;
            if (part < 0x80)
            {
                return _tensor.DataType == 9 ? Math.Min(value, 1) : value;
            }
        }

        throw Damaged();
    }

    private ModelFileException Damaged()
        => Source.Flawed(_tensor, $"has the shape {Weight.Show(Shape)}, but its data are not {_tensor.Count} numbers of type {_tensor.TypeName}. Export or download the model again.");
}
