using System.Globalization;

namespace Layerwise;

/// <summary>How the elements of a tensor are written in an ONNX file.</summary>
internal enum OnnxEncoding
{
    /// <summary>Nowhere in the file.</summary>
    None,

    /// <summary>Little-endian elements of the tensor's own type, one after the other.</summary>
    Raw,

    /// <summary>4 bytes an element, little-endian.</summary>
    Fixed32,

    /// <summary>8 bytes an element, little-endian.</summary>
    Fixed64,

    /// <summary>Protobuf's variable-length integers; 16-bit floats as their bits.</summary>
    Varint,

    /// <summary>A single 0 that the file leaves out.</summary>
    Zero,

    /// <summary>In another file, as <see cref="Raw"/>.</summary>
    External,
}

/// <summary>A piece of a file.</summary>
internal readonly record struct OnnxChunk(long Offset, long Length);

/// <summary>A tensor of an ONNX file: what it is, and where its elements lie. Compiled into Layerwise.Onnx as well.</summary>
internal sealed record OnnxTensor
{
    public const int Float32 = 1, Int64 = 7, String = 8, Float16 = 10, Float64 = 11, BFloat16 = 16;

    public string Name { get; init; } = "";

    /// <summary>The number of the element type in the ONNX standard.</summary>
    public int DataType { get; init; }

    public IReadOnlyList<long> Dims { get; init; } = [];

    public OnnxEncoding Encoding { get; init; }

    /// <summary>The pieces of the model file that hold the elements, in order.</summary>
    public IReadOnlyList<OnnxChunk> Chunks { get; init; } = [];

    /// <summary>Keys and values of external data.</summary>
    public IReadOnlyDictionary<string, string>? External { get; init; }

    /// <summary>Number of elements; only where <see cref="Flaw"/> finds nothing.</summary>
    public long Count => Dims.Aggregate(1L, (product, dim) => product * dim);

    /// <summary>Bits of an element; 0 for types that have no size.</summary>
    public int ElementBits => TypeName switch
    {
        "uint4" or "int4" or "float4e2m1" => 4,
        "bool" or "int8" or "uint8" or "float8e4m3fn" or "float8e4m3fnuz" or "float8e5m2" or "float8e5m2fnuz" => 8,
        "float16" or "bfloat16" or "int16" or "uint16" => 16,
        "float32" or "int32" or "uint32" => 32,
        "float64" or "int64" or "uint64" => 64,
        _ => 0,
    };

    /// <summary>Bytes of the elements, two elements of 4 bits to a byte; only where <see cref="Flaw"/> finds nothing.</summary>
    public long Bytes => BytesOf(Count);

    public string TypeName => NameOfType(DataType);

    /// <summary>Whether the elements are floats of 4 or 8 bits.</summary>
    public bool IsNarrowFloat => TypeName is "float8e4m3fn" or "float8e4m3fnuz" or "float8e5m2" or "float8e5m2fnuz" or "float4e2m1";

    public static string NameOfType(int dataType) => dataType switch
    {
        1 => "float32",
        2 => "uint8",
        3 => "int8",
        4 => "uint16",
        5 => "int16",
        6 => "int32",
        7 => "int64",
        8 => "string",
        9 => "bool",
        10 => "float16",
        11 => "float64",
        12 => "uint32",
        13 => "uint64",
        16 => "bfloat16",
        17 => "float8e4m3fn",
        18 => "float8e4m3fnuz",
        19 => "float8e5m2",
        20 => "float8e5m2fnuz",
        21 => "uint4",
        22 => "int4",
        23 => "float4e2m1",
        _ => "type" + dataType.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>What is wrong with the tensor, in words that follow its name; <c>null</c> for a sound one.</summary>
    public string? Flaw()
    {
        var shape = $"[{string.Join(", ", Dims)}]";
        if (Dims.Any(d => d < 0))
        {
            return $"has the shape {shape} with a negative dimension";
        }

        var count = 1L;
        foreach (var dim in Dims)
        {
            if (dim != 0 && count > long.MaxValue / 16 / dim)
            {
                return $"has the shape {shape}, more elements than any file can hold";
            }

            count *= dim;
        }

        var bytes = Chunks.Sum(c => c.Length);
        return Encoding switch
        {
            OnnxEncoding.Raw when ElementBits > 0 && bytes != BytesOf(count)
                => $"has the shape {shape} of {TypeName}, {BytesOf(count)} bytes, but {bytes} bytes of data",
            OnnxEncoding.Fixed32 when bytes != count * 4 || Chunks.Any(c => c.Length % 4 != 0)
                => $"has the shape {shape}, {count} elements, but {bytes / 4} values",
            OnnxEncoding.Fixed64 when bytes != count * 8 || Chunks.Any(c => c.Length % 8 != 0)
                => $"has the shape {shape}, {count} elements, but {bytes / 8} values",
            OnnxEncoding.Varint when bytes < (ElementBits == 4 ? BytesOf(count) : count) || bytes > count * 10
                => $"has the shape {shape}, {count} elements, but {bytes} bytes of values",
            _ => null,
        };
    }

    private long BytesOf(long count) => ElementBits == 4 ? (count + 1) / 2 : count * (ElementBits / 8);

    /// <summary>Where external data lie, checked: inside the model's own folder, inside the file.</summary>
    /// <returns>The file and the piece of it; or what is wrong, in words that follow the tensor's name.</returns>
    public (string Path, OnnxChunk Chunk, string? Flaw) Locate(string modelPath)
    {
        string? location = null, offsetText = null, lengthText = null;
        External?.TryGetValue("location", out location);
        External?.TryGetValue("offset", out offsetText);
        External?.TryGetValue("length", out lengthText);
        const string Remedy = "External data must lie in the model's own folder, as a plain file. Put them there and export the model again.";
        if (string.IsNullOrEmpty(location))
        {
            return Bad($"has external data without a location. {Remedy}");
        }

        // Both separators, on every system: a model must mean the same file everywhere.
        var parts = location!.Split('/', '\\');
        if (location.IndexOfAny(['\0', ':']) >= 0 || parts.Any(p => p is "" or ".."))
        {
            return Bad($"has its data in '{Wording.OneLine(location)}', outside the model's folder. {Remedy}");
        }

        var path = Path.GetDirectoryName(Path.GetFullPath(modelPath)) ?? "";
        foreach (var part in parts)
        {
            path = Path.Combine(path, part);
            if (!File.Exists(path) && !Directory.Exists(path))
            {
                return Bad($"has its data in '{Wording.OneLine(location)}', which is missing beside the model. Copy it to '{Wording.OneLine(path)}'.");
            }

            if ((File.GetAttributes(path) & FileAttributes.ReparsePoint) != 0)
            {
                return Bad($"has its data in '{Wording.OneLine(location)}', which is a link. {Remedy}");
            }
        }

        var size = Bytes;
        var (offset, length) = (0L, size);
        if ((!string.IsNullOrEmpty(offsetText) && !long.TryParse(offsetText, NumberStyles.None, CultureInfo.InvariantCulture, out offset))
            || (!string.IsNullOrEmpty(lengthText) && !long.TryParse(lengthText, NumberStyles.None, CultureInfo.InvariantCulture, out length)))
        {
            return Bad($"has external data at offset '{Wording.OneLine(offsetText ?? "")}' with length '{Wording.OneLine(lengthText ?? "")}': not numbers. Export the model again.");
        }

        if (length != size)
        {
            return Bad($"takes {size} bytes, but its external data have {length}. Export the model again.");
        }

        if (!File.Exists(path) || new FileInfo(path).Length is var end && (offset > end || length > end - offset))
        {
            return Bad($"has its data at bytes {offset} to {offset + length} of '{Wording.OneLine(location)}', which is shorter. Copy or export the model and its data again.");
        }

        return (path, new OnnxChunk(offset, length), null);

        static (string, OnnxChunk, string?) Bad(string flaw) => ("", default, flaw);
    }
}
