using System.Globalization;
using System.Runtime.InteropServices;
using Layerwise.Oracle.Onnx;

namespace Layerwise.Oracle.Graph;

/// <summary>The numbers of a tensor of the file, exactly, whatever their type and however they are stored.</summary>
internal static class TensorValues
{
    private const int Float = 1, UInt8 = 2, Int8 = 3, UInt16 = 4, Int16 = 5, Int32 = 6, Int64 = 7, Bool = 9, Float16 = 10, Double = 11, UInt32 = 12, UInt64 = 13, BFloat16 = 16;

    /// <summary>Whether a type of ONNX is one of integers or truth values.</summary>
    public static bool IsInteger(int type) => type is UInt8 or Int8 or UInt16 or Int16 or Int32 or Int64 or Bool or UInt32 or UInt64;

    /// <summary>A number as a type of ONNX holds it.</summary>
    public static double Rounded(double value, int type) => type switch
    {
        Float => (float)value,
        Double => value,
        Float16 => (double)(Half)value,
        Bool => value != 0 ? 1 : 0,
        _ when IsInteger(type) => Math.Truncate(value),
        _ => throw new NoReferenceException($"Cast to type {type} of ONNX"),
    };

    /// <param name="tensor">The tensor.</param>
    /// <param name="folder">Where files beside the model lie.</param>
    public static Grid Read(TensorProto tensor, string? folder)
    {
        int[] shape = [.. tensor.Dims.Select(d => checked((int)d))];
        var values = tensor.DataLocation == TensorProto.Types.DataLocation.External ? Decode(External(tensor, folder), tensor)
            : tensor.RawData.Length > 0 ? Decode(tensor.RawData.Span, tensor)
            : tensor.FloatData.Count > 0 ? [.. tensor.FloatData.Select(v => (double)v)]
            : tensor.DoubleData.Count > 0 ? [.. tensor.DoubleData]
            : tensor.Int64Data.Count > 0 ? [.. tensor.Int64Data.Select(v => (double)v)]
            : tensor.Uint64Data.Count > 0 ? [.. tensor.Uint64Data.Select(v => (double)v)]
            : [.. tensor.Int32Data.Select(v => FromInt32(v, tensor.DataType))];
        return values.Length == Shapes.Size(shape) ? new Grid(values, shape)
            : throw new InvalidDataException($"The tensor '{tensor.Name}' has {values.Length} numbers for the shape {Shapes.Text(shape)}.");
    }

    private static double FromInt32(int value, int type) => type switch
    {
        Float16 => (double)BitConverter.UInt16BitsToHalf((ushort)value),
        BFloat16 => BitConverter.Int32BitsToSingle(value << 16),
        _ => value,
    };

    private static double[] Decode(ReadOnlySpan<byte> bytes, TensorProto tensor) => tensor.DataType switch
    {
        Float => Each<float>(bytes, v => v),
        Double => Each<double>(bytes, v => v),
        Float16 => Each<Half>(bytes, v => (double)v),
        BFloat16 => Each<ushort>(bytes, v => BitConverter.Int32BitsToSingle(v << 16)),
        Int64 => Each<long>(bytes, v => v),
        Int32 => Each<int>(bytes, v => v),
        Int16 => Each<short>(bytes, v => v),
        Int8 => Each<sbyte>(bytes, v => v),
        UInt64 => Each<ulong>(bytes, v => v),
        UInt32 => Each<uint>(bytes, v => v),
        UInt16 => Each<ushort>(bytes, v => v),
        UInt8 or Bool => Each<byte>(bytes, v => v),
        _ => throw new NoReferenceException($"the tensor '{tensor.Name}' of type {tensor.DataType} of ONNX"),
    };

    private static double[] Each<T>(ReadOnlySpan<byte> bytes, Func<T, double> convert)
        where T : unmanaged
    {
        var stored = MemoryMarshal.Cast<byte, T>(bytes);
        var values = new double[stored.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = convert(stored[i]);
        }

        return values;
    }

    private static byte[] External(TensorProto tensor, string? folder)
    {
        string? Entry(string key) => tensor.ExternalData.FirstOrDefault(e => e.Key == key)?.Value;
        var location = Entry("location") ?? throw new InvalidDataException($"The tensor '{tensor.Name}' does not say in which file it lies.");
        if (folder is null || Path.IsPathRooted(location) || location.Split('/', '\\').Contains(".."))
        {
            throw new InvalidDataException($"The tensor '{tensor.Name}' lies in '{location}', which is not beside the model.");
        }

        using var file = File.OpenRead(Path.Combine(folder, location));
        file.Position = long.Parse(Entry("offset") ?? "0", CultureInfo.InvariantCulture);
        var bytes = new byte[Entry("length") is { } length ? int.Parse(length, CultureInfo.InvariantCulture) : checked((int)(file.Length - file.Position))];
        file.ReadExactly(bytes);
        return bytes;
    }
}
