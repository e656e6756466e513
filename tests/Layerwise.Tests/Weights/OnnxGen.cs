using CsCheck;
using Google.Protobuf;
using Layerwise.Oracle.Onnx;

namespace Layerwise.Tests;

/// <summary>Random tensors in every encoding that ONNX allows.</summary>
internal static class OnnxGen
{
    public static Gen<TensorProto> Tensor(params int[] types)
        => Gen.Select(Gen.Int[0, types.Length - 1], Gen.Long[0, 4].Array[0, 3], Gen.Bool, Gen.Int).Select((type, dims, raw, seed) => Make(types[type], dims, raw, seed));

    public static Gen<TensorProto[]> Tensors { get; } = Tensor(1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 16).Array[1, 6].Select(tensors =>
    {
        for (var i = 0; i < tensors.Length; i++)
        {
            tensors[i].Name = $"tensor/{i}";
        }

        return tensors;
    });

    public static ModelProto Model(IEnumerable<TensorProto> tensors, int constants)
    {
        var model = new ModelProto { IrVersion = 8, Graph = new GraphProto { Name = "graph" } };
        foreach (var (i, tensor) in tensors.Index())
        {
            if (i >= constants)
            {
                model.Graph.Initializer.Add(tensor);
                continue;
            }

            var node = new NodeProto { OpType = "Constant", Output = { tensor.Name } };
            node.Attribute.Add(new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = tensor });
            model.Graph.Node.Add(node);
        }

        return model;
    }

    /// <summary>What a floating-point tensor of <see cref="Tensor"/> says, by the full schema.</summary>
    public static float[] Floats(TensorProto tensor)
    {
        var raw = tensor.RawData.ToByteArray();
        return (tensor.DataType, raw.Length) switch
        {
            (1, > 0) => Read(raw, 4, BitConverter.ToSingle),
            (1, _) => [.. tensor.FloatData],
            (10, > 0) => Read(raw, 2, (b, i) => (float)BitConverter.ToHalf(b, i)),
            (10, _) => [.. tensor.Int32Data.Select(v => (float)BitConverter.UInt16BitsToHalf((ushort)v))],
            (16, > 0) => Read(raw, 2, (b, i) => BitConverter.Int32BitsToSingle(BitConverter.ToUInt16(b, i) << 16)),
            (16, _) => [.. tensor.Int32Data.Select(v => BitConverter.Int32BitsToSingle(v << 16))],
            (11, > 0) => Read(raw, 8, (b, i) => (float)BitConverter.ToDouble(b, i)),
            _ => [.. tensor.DoubleData.Select(v => (float)v)],
        };

        static float[] Read(byte[] bytes, int size, Func<byte[], int, float> element)
            => [.. Enumerable.Range(0, bytes.Length / size).Select(i => element(bytes, i * size))];
    }

    private static TensorProto Make(int type, long[] dims, bool raw, int seed)
    {
        var random = new Random(seed);
        var tensor = new TensorProto { DataType = type, Dims = { dims } };
        var count = dims.Aggregate(1L, (a, b) => a * b);
        var size = type switch { 2 or 3 or 9 => 1, 4 or 5 or 10 or 16 => 2, 7 or 11 or 13 => 8, _ => 4 };
        if (raw)
        {
            var bytes = new byte[count * size];
            random.NextBytes(bytes);
            tensor.RawData = ByteString.CopyFrom(bytes);
            return tensor;
        }

        for (var i = 0; i < count; i++)
        {
            switch (type)
            {
                case 1:
                    tensor.FloatData.Add((float)(random.NextDouble() - 0.5));
                    break;
                case 11:
                    tensor.DoubleData.Add((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-50, 50)));
                    break;
                case 7:
                    tensor.Int64Data.Add(random.NextInt64(long.MinValue, long.MaxValue));
                    break;
                case 12 or 13:
                    tensor.Uint64Data.Add((ulong)random.NextInt64());
                    break;
                default:
                    tensor.Int32Data.Add(random.Next(0, size == 1 ? 2 : 1 << 16));
                    break;
            }
        }

        return tensor;
    }
}
