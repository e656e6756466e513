using static Layerwise.Onnx.ManifestText;

namespace Layerwise.Onnx;

/// <summary>The values of the few small tensors that the graph's structure hangs on: shapes, axes, indices, fills.</summary>
internal sealed class TensorValues(string modelPath, Stream model)
{
    private const int MostIntegers = 4096, MostFloats = 16;

    /// <summary>The values, separated by spaces; <c>null</c> where the manifest carries none.</summary>
    /// <param name="tensor">A sound tensor.</param>
    /// <param name="withFloats">Whether a few floating-point values are carried, too.</param>
    /// <param name="name">The tensor's name, for messages.</param>
    public string? Text(OnnxTensor tensor, bool withFloats, string name)
    {
        var isFloat = tensor.DataType is OnnxTensor.Float32 or OnnxTensor.Float16 or OnnxTensor.BFloat16 or OnnxTensor.Float64;
        var most = isFloat ? (withFloats ? MostFloats : -1) : tensor.IsNarrowFloat ? -1 : MostIntegers;
        if (tensor.ElementBits < 8 || tensor.Count > most || (tensor.Encoding == OnnxEncoding.None && tensor.Count > 0))
        {
            return null;
        }

        var elements = Elements(tensor, name);
        return elements.Count == tensor.Count
            ? string.Join(" ", elements.Select(e => Show(e, tensor.DataType)))
            : throw new OnnxException(OnnxException.Malformed, $"'{modelPath}': the tensor '{name}' has {tensor.Count} elements, but {elements.Count} values. Export the model again.");
    }

    /// <summary>The bits of each element, in the low bytes.</summary>
    private List<ulong> Elements(OnnxTensor tensor, string name)
    {
        var (elements, size) = (new List<ulong>(), tensor.ElementBits / 8);
        if (tensor.Encoding == OnnxEncoding.Zero)
        {
            return [0];
        }

        var bytes = Bytes(tensor, name);
        if (tensor.Encoding != OnnxEncoding.Varint)
        {
            for (var at = 0; at < bytes.Length; at += size)
            {
                var bits = 0ul;
                for (var i = 0; i < size; i++)
                {
                    bits |= (ulong)bytes[at + i] << (8 * i);
                }

                elements.Add(bits);
            }

            return elements;
        }

        var (value, shift) = (0ul, 0);
        foreach (var part in bytes)
        {
            value |= shift < 64 ? (ulong)(part & 0x7F) << shift : 0;
            shift += 7;
            if (part < 0x80)
            {
                elements.Add(size == 8 ? value : value & ((1ul << (8 * size)) - 1));
                (value, shift) = (0, 0);
            }
        }

        return elements;
    }

    private byte[] Bytes(OnnxTensor tensor, string name)
    {
        if (tensor.Encoding != OnnxEncoding.External)
        {
            return Read(model, tensor.Chunks);
        }

        var (path, chunk, flaw) = tensor.Locate(modelPath);
        if (flaw is not null)
        {
            throw new OnnxException(OnnxException.External, $"'{modelPath}': the tensor '{name}' {flaw}");
        }

        using var data = File.OpenRead(path);
        return Read(data, [chunk]);
    }

    private static byte[] Read(Stream stream, IReadOnlyList<OnnxChunk> chunks)
    {
        var bytes = new byte[chunks.Sum(c => c.Length)];
        var done = 0;
        foreach (var chunk in chunks)
        {
            stream.Position = chunk.Offset;
            for (var end = done + (int)chunk.Length; done < end;)
            {
                var read = stream.Read(bytes, done, end - done);
                done += read > 0 ? read : throw new EndOfStreamException("The file became shorter while it was read.");
            }
        }

        return bytes;
    }

    private static string Show(ulong bits, int type) => unchecked(type switch
    {
        OnnxTensor.Float32 => Float(Single((uint)bits)),
        OnnxTensor.BFloat16 => Float(Single((uint)bits << 16)),
        OnnxTensor.Float16 => Float(Half((int)bits)),
        OnnxTensor.Float64 => Float(BitConverter.Int64BitsToDouble((long)bits)),
        3 => Integer((sbyte)bits),
        5 => Integer((short)bits),
        6 => Integer((int)bits),
        7 => Integer((long)bits),
        9 => bits == 0 ? "0" : "1",
        _ => bits.ToString(System.Globalization.CultureInfo.InvariantCulture),
    });

    private static float Single(uint bits) => BitConverter.ToSingle(BitConverter.GetBytes(bits), 0);

    private static float Half(int bits)
    {
        var (sign, exponent, fraction) = ((bits & 0x8000) == 0 ? 1f : -1f, (bits >> 10) & 0x1F, bits & 0x3FF);
        return exponent switch
        {
            0 => sign * fraction * (float)Math.Pow(2, -24),
            0x1F => fraction == 0 ? sign * float.PositiveInfinity : float.NaN,
            _ => sign * (1024 + fraction) * (float)Math.Pow(2, exponent - 25),
        };
    }
}
