using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Layerwise.Tool;

/// <summary>An array of float32 in C order.</summary>
internal sealed record NpyArray(long[] Shape, float[] Values);

/// <summary>NumPy's array files (<c>.npy</c>): reads versions 1 to 3 of any little-endian number type, writes version 1 of float32.</summary>
internal static partial class Npy
{
    private const int MaxHeader = 1 << 16;
    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8];

    /// <summary>Reads an array; numbers of other types are converted to float32.</summary>
    /// <exception cref="InvalidDataException">The file is not such an array, or is cut short.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NpyArray Read(string path)
    {
        using var stream = File.OpenRead(path);
        InvalidDataException Bad(string what) => new($"'{path}' {what}");

        Span<byte> start = stackalloc byte[12];
        var read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (read < 10 || !start.StartsWith(Magic))
        {
            throw Bad(start.StartsWith("PK"u8) ? "is a zip archive (.npz); save one array with numpy.save" : "is not a NumPy array file (.npy)");
        }

        var (headerAt, headerSize) = start[6] switch
        {
            1 => (10, BinaryPrimitives.ReadUInt16LittleEndian(start[8..])),
            2 or 3 when read == 12 => (12, BinaryPrimitives.ReadUInt32LittleEndian(start[8..])),
            var version => throw Bad($"has the unknown .npy version {version}"),
        };
        if (headerSize > MaxHeader || headerAt + headerSize > stream.Length)
        {
            throw Bad("is cut short or damaged: its header does not fit");
        }

        var header = new byte[headerSize];
        stream.Position = headerAt;
        stream.ReadExactly(header);
        var (type, fortran, shape) = ParseHeader(Encoding.UTF8.GetString(header)) ?? throw Bad("has a damaged .npy header");

        var size = type is ['<' or '|' or '=', _, ..] && int.TryParse(type.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0;
        if (Converter(type.TrimStart('<', '|', '=')) is not { } convert)
        {
            throw Bad($"holds elements of type '{type}'; save it as float32: numpy.save(file, array.astype('<f4'))");
        }

        var bytes = (Int128)size;
        foreach (var dim in shape)
        {
            bytes *= dim;
            if (bytes > Array.MaxLength)
            {
                throw Bad($"is larger than this tool reads: {Printable.Shape(shape)} of {size} bytes each");
            }
        }

        if (stream.Length - stream.Position != bytes)
        {
            throw Bad($"is cut short or damaged: {Printable.Shape(shape)} of '{type}' takes {bytes} bytes, the file has {stream.Length - stream.Position}");
        }

        var payload = new byte[(int)bytes];
        stream.ReadExactly(payload);
        var values = convert(payload);
        return new NpyArray(shape, fortran ? FromFortran(values, shape) : values);
    }

    /// <summary>Writes a float32 array.</summary>
    public static void Write(string path, ReadOnlySpan<long> shape, ReadOnlySpan<float> values)
    {
        var dims = string.Concat(shape.ToArray().Select(dim => string.Create(CultureInfo.InvariantCulture, $"{dim}, ")));
        dims = shape.Length == 1 ? dims.TrimEnd() : dims.TrimEnd(',', ' ');
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({dims}), }}";
        var padded = (10 + header.Length + 1 + 63) / 64 * 64; // numpy aligns the data to 64 bytes

        var head = new byte[padded];
        Magic.CopyTo(head, 0);
        head[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(8), (ushort)(padded - 10));
        head.AsSpan(10).Fill((byte)' ');
        Encoding.ASCII.GetBytes(header, head.AsSpan(10));
        head[^1] = (byte)'\n';

        var data = values.ToArray();
        OutputFile.Write(path, stream =>
        {
            stream.Write(head);
            stream.Write(MemoryMarshal.AsBytes(data.AsSpan()));
        });
    }

    private static (string Type, bool Fortran, long[] Shape)? ParseHeader(string header)
    {
        var type = TypePattern().Match(header);
        var order = OrderPattern().Match(header);
        var shape = ShapePattern().Match(header);
        if (!type.Success || !order.Success || !shape.Success)
        {
            return null;
        }

        var dims = new List<long>();
        foreach (var text in shape.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var dim))
            {
                return null;
            }

            dims.Add(dim);
        }

        return (type.Groups[1].Value, order.Groups[1].Value == "True", [.. dims]);
    }

    private static Func<byte[], float[]>? Converter(string type) => type switch
    {
        "f4" => Convert<float>,
        "f8" => Convert<double>,
        "f2" => Convert<Half>,
        "i1" => Convert<sbyte>,
        "i2" => Convert<short>,
        "i4" => Convert<int>,
        "i8" => Convert<long>,
        "u1" or "b1" => Convert<byte>,
        "u2" => Convert<ushort>,
        "u4" => Convert<uint>,
        "u8" => Convert<ulong>,
        _ => null,
    };

    private static float[] Convert<T>(byte[] bytes)
        where T : unmanaged, INumberBase<T>
    {
        var source = MemoryMarshal.Cast<byte, T>(bytes);
        var values = new float[source.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = float.CreateTruncating(source[i]);
        }

        return values;
    }

    private static float[] FromFortran(float[] values, long[] shape)
    {
        var ordered = new float[values.Length];
        var index = new long[shape.Length];
        for (var i = 0; i < ordered.Length; i++)
        {
            long at = 0;
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                at = at * shape[axis] + index[axis];
            }

            ordered[i] = values[at];
            for (var axis = shape.Length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        return ordered;
    }

    [GeneratedRegex(@"['""]descr['""]\s*:\s*['""]([^'""]*)['""]")]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"['""]fortran_order['""]\s*:\s*(True|False)")]
    private static partial Regex OrderPattern();

    [GeneratedRegex(@"['""]shape['""]\s*:\s*\(([^)]*)\)")]
    private static partial Regex ShapePattern();
}
