using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Layerwise;

/// <summary>A tensor as the file holds it, converted to float32 where it is something else.</summary>
internal sealed class Stored(Weights source, OnnxTensor tensor) : Weight(source, tensor.Dims)
{
    private const int BufferSize = 1 << 16;
    private readonly NarrowFloat? _narrow = NarrowFloat.Named(tensor.TypeName);

    public override void CopyTo(Span<float> destination)
    {
        Check(destination);
        var (path, chunks, flaw) = Source.Locate(tensor);
        if (flaw is not null)
        {
            throw Source.Flawed(tensor, flaw);
        }

        switch (tensor.Encoding)
        {
            case OnnxEncoding.Zero:
                destination.Clear();
                return;
            case OnnxEncoding.Varint:
                CopyVarints(path, chunks, destination);
                return;
            default:
                foreach (var chunk in chunks)
                {
                    destination = destination[CopyFixed(path, chunk, destination)..];
                }

                return;
        }
    }

    /// <summary>Copies elements of the tensor's own type; returns how many.</summary>
    private int CopyFixed(string path, OnnxChunk chunk, Span<float> destination)
    {
        var bits = tensor.ElementBits;
        var count = (int)Math.Min(chunk.Length * 8 / bits, destination.Length);
        if (tensor.DataType == OnnxTensor.Float32)
        {
            Source.ReadBytes(path, chunk.Offset, MemoryMarshal.AsBytes(destination[..count]));
            return count;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        for (var done = 0; done < count;)
        {
            var values = Math.Min(count - done, BufferSize * 8 / bits);
            var bytes = buffer.AsSpan(0, ((values * bits) + 7) / 8);
            Source.ReadBytes(path, chunk.Offset + ((long)done * bits / 8), bytes);
            for (var i = 0; i < values; i++)
            {
                destination[done++] = bits switch
                {
                    4 => FromBits(bytes[i / 2] >> (i % 2 * 4) & 0xF),
                    8 => FromBits(bytes[i]),
                    16 => FromBits(BinaryPrimitives.ReadUInt16LittleEndian(bytes[(i * 2)..])),
                    _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * 8)..]),
                };
            }
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return count;
    }

    /// <summary>Copies floats of at most 16 bits that are written as variable-length integers; two of 4 bits are one integer.</summary>
    private void CopyVarints(string path, IReadOnlyList<OnnxChunk> chunks, Span<float> destination)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        var (done, value, shift) = (0, 0u, 0);
        var (bits, mask) = (tensor.ElementBits, (1 << tensor.ElementBits) - 1);
        foreach (var chunk in chunks)
        {
            for (long at = 0, length; at < chunk.Length; at += length)
            {
                length = Math.Min(chunk.Length - at, BufferSize);
                var bytes = buffer.AsSpan(0, (int)length);
                Source.ReadBytes(path, chunk.Offset + at, bytes);
                foreach (var part in bytes)
                {
                    value |= shift < 32 ? (uint)(part & 0x7F) << shift : 0;
                    shift += 7;
                    if (part < 0x80)
                    {
                        if (done == destination.Length || value >> Math.Max(bits, 8) != 0)
                        {
                            throw Damaged();
                        }

                        destination[done++] = FromBits((int)value & mask);
                        if (bits == 4 && done < destination.Length)
                        {
                            destination[done++] = FromBits((int)value >> 4);
                        }

                        (value, shift) = (0, 0);
                    }
                }
            }
        }

        ArrayPool<byte>.Shared.Return(buffer);
        if (done != destination.Length || shift != 0)
        {
            throw Damaged();
        }
    }

    private float FromBits(int bits) => _narrow?.Decode(bits)
        ?? (tensor.DataType == OnnxTensor.BFloat16 ? BitConverter.UInt32BitsToSingle((uint)bits << 16) : (float)BitConverter.UInt16BitsToHalf((ushort)bits));

    private ModelFileException Damaged()
        => Source.Flawed(tensor, $"has the shape {Show(Shape)}, but its data are not {Count} numbers of type {tensor.TypeName}. Export or download the model again.");
}
