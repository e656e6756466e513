using System.Runtime.InteropServices;
using Layerwise.Oracle.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Conformance;

/// <summary>ONNX's tensors as libtorch's, and how far two of them are apart.</summary>
internal static class Tensors
{
    /// <summary>A tensor message; types that libtorch does not compute in become the next larger ones.</summary>
    public static Tensor Of(TensorProto proto)
    {
        long[] shape = [.. proto.Dims];
        var raw = proto.RawData.ToByteArray();
        bool isRaw = raw.Length > 0;
        return proto.DataType switch
        {
            1 => tensor(isRaw ? Cast<float>(raw) : proto.FloatData.ToArray(), shape),
            2 => tensor(isRaw ? raw : proto.Int32Data.Select(v => (byte)v).ToArray(), shape, ScalarType.Byte),
            3 => tensor(isRaw ? Cast<sbyte>(raw) : proto.Int32Data.Select(v => (sbyte)v).ToArray(), shape, ScalarType.Int8),
            4 => tensor(isRaw ? [.. Cast<ushort>(raw).Select(v => (int)v)] : proto.Int32Data.ToArray(), shape, ScalarType.Int32),
            5 => tensor(isRaw ? Cast<short>(raw) : proto.Int32Data.Select(v => (short)v).ToArray(), shape, ScalarType.Int16),
            6 => tensor(isRaw ? Cast<int>(raw) : proto.Int32Data.ToArray(), shape, ScalarType.Int32),
            7 => tensor(isRaw ? Cast<long>(raw) : proto.Int64Data.ToArray(), shape, ScalarType.Int64),
            9 => tensor(isRaw ? raw.Select(v => v != 0).ToArray() : proto.Int32Data.Select(v => v != 0).ToArray(), shape, ScalarType.Bool),
            10 => tensor(isRaw ? Cast<Half>(raw).Select(v => (float)v).ToArray() : proto.Int32Data.Select(v => (float)BitConverter.UInt16BitsToHalf((ushort)v)).ToArray(), shape),
            11 => tensor(isRaw ? Cast<double>(raw) : proto.DoubleData.ToArray(), shape, ScalarType.Float64),
            12 => tensor(isRaw ? Cast<uint>(raw).Select(v => (long)v).ToArray() : proto.Uint64Data.Select(v => (long)v).ToArray(), shape, ScalarType.Int64),
            13 => tensor(isRaw ? Cast<long>(raw) : proto.Uint64Data.Select(v => (long)v).ToArray(), shape, ScalarType.Int64),
            16 => tensor(isRaw ? Cast<ushort>(raw).Select(Brain).ToArray() : proto.Int32Data.Select(v => Brain((ushort)v)).ToArray(), shape),
            17 => Small(8, mantissa: 3, bias: 7, nan: code => code == 0x7F),
            18 => Small(8, mantissa: 3, bias: 8, nan: code => code == 0x80),
            19 => Small(8, mantissa: 2, bias: 15, nan: code => (code & 0x7F) > 0x7C),
            20 => Small(8, mantissa: 2, bias: 16, nan: code => code == 0x80),
            21 => tensor(Nibbles().Select(v => (byte)v).ToArray(), shape, ScalarType.Byte),
            22 => tensor(Nibbles().Select(v => (sbyte)(v < 8 ? v : v - 16)).ToArray(), shape, ScalarType.Int8),
            23 => Small(4, mantissa: 1, bias: 1, nan: _ => false),
            var type => throw new UnsupportedDataException($"data of ONNX's type {type}"),
        };

        IEnumerable<int> Bytes() => isRaw ? raw.Select(b => (int)b) : proto.Int32Data;

        // Two to a byte, the low one first.
        IEnumerable<int> Nibbles() => Bytes().SelectMany(b => new[] { b & 0xF, b >> 4 & 0xF }).Take((int)shape.Aggregate(1L, (a, b) => a * b));

        Tensor Small(int bits, int mantissa, int bias, Func<int, bool> nan) => tensor((bits == 4 ? Nibbles() : Bytes()).Select(code =>
        {
            var (sign, exponent, fraction) = (code >> (bits - 1) == 0 ? 1 : -1, (code >> mantissa) & ((1 << (bits - 1 - mantissa)) - 1), (code & ((1 << mantissa) - 1)) / Math.Pow(2, mantissa));
            return nan(code) || nan(code & 0x7F) ? float.NaN
                : bias == 15 && exponent == 31 ? sign * float.PositiveInfinity
                : (float)(sign * Math.Pow(2, Math.Max(exponent, 1) - bias) * (fraction + (exponent > 0 ? 1 : 0)));
        }).ToArray(), shape);
    }

    /// <summary>
    /// ONNX's own measure: passes at 1e-3 where every element is within 1e-7 + 1e-3·|expected|.
    /// Infinite where shapes or kinds of numbers differ.
    /// </summary>
    public static double Elementwise(Tensor actual, Tensor expected) => actual.is_floating_point() == expected.is_floating_point()
        ? Largest(actual, expected, (difference, e) => difference.div_(e.abs().add(1e-4)))
        : double.PositiveInfinity;

    /// <summary>The largest difference, relative to the largest expected magnitude.</summary>
    public static double Relative(Tensor actual, Tensor expected) => Largest(actual, expected, (difference, e) =>
    {
        var scale = e.numel() == 0 ? 0 : e.abs().max().item<double>();
        return difference.div_(scale > 0 ? scale : 1);
    });

    private static double Largest(Tensor actual, Tensor expected, Func<Tensor, Tensor, Tensor> scale)
    {
        if (!actual.shape.AsSpan().SequenceEqual(expected.shape))
        {
            return double.PositiveInfinity;
        }

        using var scope = NewDisposeScope();
        var (a, e) = (actual.to(ScalarType.Float64).flatten(), expected.to(ScalarType.Float64).flatten());
        if (a.numel() == 0)
        {
            return 0;
        }

        var same = a.eq(e).logical_or(a.isnan().logical_and(e.isnan()));
        var error = scale(a.sub(e).abs(), e).masked_fill(same, 0).nan_to_num(double.PositiveInfinity, double.PositiveInfinity);
        return error.max().item<double>();
    }

    private static T[] Cast<T>(byte[] bytes)
        where T : unmanaged
        => MemoryMarshal.Cast<byte, T>(bytes).ToArray();

    private static float Brain(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
