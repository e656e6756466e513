using CsCheck;
using Google.Protobuf;
using Layerwise.Oracle.Onnx;
using Layerwise.Testing;

namespace Layerwise.Tests;

/// <summary>The tag walker against the full protobuf schema.</summary>
public sealed class OnnxTensorIndexTests
{
    [Fact]
    public void Finds_every_tensor_with_its_type_shape_and_place()
        => OnnxGen.Tensors.Sample(tensors =>
        {
            var model = OnnxGen.Model(tensors, constants: 0);
            var bytes = model.ToByteArray();
            var found = Index(bytes).Tensors;
            Assert.Equal(tensors.Length, found.Count);
            foreach (var (expected, actual) in tensors.Zip(found))
            {
                Assert.Equal(expected.Name, actual.Name);
                Assert.Equal(expected.DataType, actual.DataType);
                Assert.Equal(expected.Dims, actual.Dims);
                Assert.Null(actual.Flaw());
                if (actual.Encoding == OnnxEncoding.Raw)
                {
                    var chunk = Assert.Single(actual.Chunks);
                    Assert.Equal(expected.RawData.ToByteArray(), bytes.AsSpan((int)chunk.Offset, (int)chunk.Length).ToArray());
                }
            }
        });

    [Fact]
    public void Constants_go_by_the_name_of_their_output_and_other_nodes_by_their_place()
    {
        var model = new ModelBuilder()
            .Node("ConstantOfShape", "s", "c", "fill", ("value", ModelBuilder.FloatTensor("", [7], 1)))
            .Node("Constant", [], ["k"], "k_node", ("value", ModelBuilder.FloatTensor("inner", [1, 2], 2)))
            .Node("Constant", [], ["f"], null, ("value_float", 0f))
            .Node("Constant", [], ["i"], null, ("value_ints", new long[] { 1, -1, 300 }))
            .Tensor("w", [1f], 1);

        var index = Index(model.ToArray());

        Assert.Equal(["w", "k", "f", "i"], index.Tensors.Select(t => t.Name));
        Assert.Equal([2], index.Tensors[1].Dims);
        Assert.Empty(index.Tensors[2].Dims);
        Assert.Equal([3], index.Tensors[3].Dims);
        Assert.Equal(("", 0, "value"), Assert.Single(index.Attributes).Key);
    }

    [Fact]
    public void A_truncated_model_is_refused_or_has_fewer_tensors()
        => Gen.Select(OnnxGen.Tensors, Gen.Double[0, 1]).Sample((tensors, part) =>
        {
            var bytes = OnnxGen.Model(tensors, constants: 1).ToByteArray();
            Survives(bytes[..(int)(part * bytes.Length)]);
        });

    [Fact]
    public void A_damaged_model_ends_in_InvalidDataException_alone()
        => Gen.Select(OnnxGen.Tensors, Gen.Int[0, int.MaxValue].Array[1, 8]).Sample((tensors, flips) =>
        {
            var bytes = OnnxGen.Model(tensors, constants: 1).ToByteArray();
            foreach (var flip in flips)
            {
                bytes[flip / 8 % bytes.Length] ^= (byte)(1 << (flip % 8));
            }

            Survives(bytes);
        });

    [Fact]
    public void Random_bytes_end_in_InvalidDataException_alone() => Gen.Byte.Array[0, 200].Sample(Survives);

    [Fact]
    public void The_message_names_the_file_the_byte_and_the_remedy()
    {
        var bytes = new ModelBuilder().Tensor("w", new float[100], 100).ToArray();

        var error = Assert.Throws<InvalidDataException>(() => Index(bytes[..^50]));

        Assert.Contains("'model.onnx'", error.Message, StringComparison.Ordinal);
        Assert.Contains("at byte", error.Message, StringComparison.Ordinal);
        Assert.Contains("Export or download", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Payloads_are_not_read()
    {
        var bytes = new ModelBuilder().Tensor("a", new float[1_000_000], 1_000_000).Tensor("b", new float[1_000_000], 1_000_000).ToArray();
        using var stream = new CountingStream(bytes);

        Assert.Equal(2, OnnxTensorIndex.Read(stream, "model.onnx").Tensors.Count);

        Assert.InRange(stream.BytesRead, 1, 50_000);
    }

    private static OnnxTensorIndex Index(byte[] bytes) => OnnxTensorIndex.Read(new MemoryStream(bytes), "model.onnx");

    private static void Survives(byte[] bytes)
    {
        try
        {
            var index = Index(bytes);
            foreach (var tensor in index.Tensors)
            {
                _ = tensor.Flaw() ?? $"{tensor.Count}";
            }
        }
        catch (InvalidDataException)
        {
        }
    }

    private sealed class CountingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public long BytesRead { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = base.Read(buffer, offset, count);
            BytesRead += read;
            return read;
        }
    }
}
