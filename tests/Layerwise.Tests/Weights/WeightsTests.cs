using CsCheck;
using Google.Protobuf;
using Layerwise.Oracle.Onnx;
using Layerwise.Testing;

namespace Layerwise.Tests;

/// <summary>What a network reads out of its model file.</summary>
public sealed class WeightsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("layerwise-weights").FullName;

    private string Model => Path.Combine(_folder, "model.onnx");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_encoding_reads_as_the_full_schema_says()
        => OnnxGen.Tensor(1, 10, 11, 16).Sample(
            tensor =>
            {
                tensor.Name = "w";
                using var weights = Open(OnnxGen.Model([tensor], constants: tensor.Dims.Count % 2).ToByteArray());
                Assert.Equal(OnnxGen.Floats(tensor), Values(weights.Read("w", [.. tensor.Dims])));
            },
            threads: 1);

    [Fact]
    public void Elements_that_are_not_packed_read_as_packed_ones_do()
    {
        // float_data as two packed pieces with a single element between them; int32_data one by one.
        var floats = Message(Packed(4, 1f, 2f), Single(4, 3f), Packed(4, 4f), Dims(4), Type(1), NameOf("f"));
        var halves = Message(Dims(2), Type(10), NameOf("h"), [5 << 3, 0x80, 0x78], [5 << 3, 0x80, 0x80, 0x03]);
        using var weights = Open(Message(Field(7, [.. Field(5, floats), .. Field(5, halves)])));

        Assert.Equal([1, 2, 3, 4], Values(weights.Read("f", 4)));
        Assert.Equal([1, -2], Values(weights.Read("h", 2)));
    }

    [Fact]
    public void Float64_beyond_float32_becomes_infinity()
    {
        using var weights = Open(OnnxGen.Model([new TensorProto { Name = "w", DataType = 11, Dims = { 2 }, DoubleData = { 1e300, -1e300 } }], 0).ToByteArray());

        Assert.Equal([float.PositiveInfinity, float.NegativeInfinity], Values(weights.Read("w", 2)));
    }

    [Fact]
    public void A_missing_file_says_where_it_was_looked_for()
        => Assert.Contains(Model, Assert.Throws<FileNotFoundException>(() => Weights.Open(Model)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_tensor_of_another_graph_is_refused_with_both_shapes_and_the_remedy()
    {
        using var weights = Open(new ModelBuilder().Tensor("w", [1f, 2f], 1, 2).Tensor("i", [1L], 1).ToArray());

        Refused(() => weights.Read("w", 2, 1), Model, "'w'", "[1, 2]", "[2, 1]", "rebuild");
        Refused(() => weights.Read("v", 1), Model, "'v'", "rebuild");
        Refused(() => weights.Read("i", 1), "'i'", "int64", "floats");
    }

    [Fact]
    public void A_tensor_whose_data_do_not_fit_its_shape_is_refused_on_opening()
    {
        var tensor = ModelBuilder.FloatTensor("w", [1, 2, 3], 4);
        Refused(() => Open(OnnxGen.Model([tensor], 0).ToByteArray()), "'w'", "16 bytes", "12 bytes");

        Refused(() => Open(new ModelBuilder().Tensor("w", [1f], -1).ToArray()), "'w'", "negative");
        Refused(() => Open(new ModelBuilder().Tensor("w", [1f], long.MaxValue, long.MaxValue).ToArray()), "'w'", "more elements");
        Refused(() => Open(new ModelBuilder().Tensor("w", [1f], 1).Tensor("w", [1f], 1).ToArray()), "'w'", "twice");
    }

    [Fact]
    public void A_message_is_one_line_whatever_the_tensor_is_called()
    {
        var path = new ModelBuilder().Tensor("a\n\u202Eb", ReadOnlySpan<float>.Empty, 2).Save(Path.Combine(_folder, "names.onnx"));
        using var weights = Weights.Open(path);
        var error = Assert.Throws<WeightsException>(() => weights.Read("a\n\u202Eb", 2));
        Assert.Contains("'a\\u000A\\u202Eb'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_its_weights_is_refused_on_reading()
    {
        using var weights = Open(OnnxGen.Model([new TensorProto { Name = "w", DataType = 1, Dims = { 2 } }], 0).ToByteArray());

        Refused(() => weights.Read("w", 2), "'w'", "no data");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(3)]
    public void A_large_tensor_is_read_in_parts_by_several_threads(int? threads)
    {
        float[] values = [.. Enumerable.Range(0, 2_500_001).Select(i => (float)i)];
        var path = new ModelBuilder().Tensor("w", values, values.Length).Save(Model);
        using var weights = Weights.Open(path, threads: threads);
        Assert.Equal(values, Values(weights.Read("w", values.Length)));

        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(file.Length / 2);
        }

        Refused(() => Values(weights.Read("w", values.Length)), "changed while the model was in use");
    }

    [Fact]
    public void A_damaged_model_reads_or_is_refused_and_nothing_else()
        => Gen.Select(OnnxGen.Tensor(1, 10, 11, 16).Array[1, 3], Gen.Int[0, int.MaxValue].Array[0, 4], Gen.Double[0, 1.5]).Sample(
            (tensors, flips, part) =>
            {
                var bytes = OnnxGen.Model(tensors, 1).ToByteArray();
                foreach (var flip in flips)
                {
                    bytes[flip / 8 % bytes.Length] ^= (byte)(1 << (flip % 8));
                }

                try
                {
                    using var weights = Open(bytes[..(int)(Math.Min(part, 1) * bytes.Length)]);
                    Values(weights.Read(tensors[0].Name, [.. tensors[0].Dims]));
                }
                catch (ModelFileException)
                {
                }
            },
            threads: 1);

    [Fact]
    public void External_data_are_read_from_the_models_folder()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "data"));
        File.WriteAllBytes(Path.Combine(_folder, "data", "w.bin"), [0, 0, 0, 0, .. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f), 9]);

        using var weights = Open(External("data/w.bin", "4", "8"));

        Assert.Equal([1.5f, -2], Values(weights.Read("w", 2)));
    }

    [Theory]
    [InlineData("../w.bin", "outside")]
    [InlineData("/etc/hostname", "outside")]
    [InlineData("C:\\w.bin", "outside")]
    [InlineData("a/../../w.bin", "outside")]
    [InlineData("", "without a location")]
    [InlineData("absent.bin", "missing")]
    [InlineData("link.bin", "link")]
    [InlineData("linked/w.bin", "link")]
    [InlineData("short.bin", "shorter")]
    public void External_data_from_anywhere_else_are_refused(string location, string why)
    {
        var elsewhere = Directory.CreateTempSubdirectory("layerwise-elsewhere").FullName;
        File.WriteAllBytes(Path.Combine(elsewhere, "w.bin"), new byte[8]);
        File.CreateSymbolicLink(Path.Combine(_folder, "link.bin"), Path.Combine(elsewhere, "w.bin"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "linked"), elsewhere);
        File.WriteAllBytes(Path.Combine(_folder, "short.bin"), new byte[7]);

        Refused(() => Open(External(location, "0", "8")), Model, "'w'", why);

        Directory.Delete(elsewhere, recursive: true);
    }

    [Theory]
    [InlineData("x", "8", "not numbers")]
    [InlineData("-1", "8", "not numbers")]
    [InlineData("0", "9", "takes 8 bytes")]
    [InlineData("9223372036854775807", "8", "shorter")]
    public void External_data_with_a_place_that_cannot_be_are_refused(string offset, string length, string why)
    {
        File.WriteAllBytes(Path.Combine(_folder, "w.bin"), new byte[8]);

        Refused(() => Open(External("w.bin", offset, length)), "'w'", why);
    }

    [Fact]
    public void After_Dispose_nothing_is_read_and_what_is_owned_is_freed()
    {
        var (weights, owned, late) = (Open(new ModelBuilder().Tensor("w", [1f], 1).ToArray()), new Resource(), new Resource());
        var weight = weights.Read("w", 1);
        weights.Own(owned);

        weights.Dispose();
        weights.Own(late);

        Assert.True(owned.IsFreed);
        Assert.True(late.IsFreed);
        Assert.Throws<ObjectDisposedException>(() => Values(weight));
        Assert.Throws<ObjectDisposedException>(() => weights.Read("w", 1));
    }

    [Fact]
    public async Task Several_threads_read_at_once()
    {
        var numbers = Enumerable.Range(0, 100_000).Select(i => (float)i).ToArray();
        using var weights = Open(new ModelBuilder().Tensor("w", numbers, numbers.Length).ToArray());

        var reads = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Values(weights.Read("w", numbers.Length)))));

        Assert.All(reads, r => Assert.Equal(numbers, r));
    }

    [Fact]
    public void Combinators_do_what_their_names_say()
    {
        using var weights = Open(new ModelBuilder().Tensor("w", [1f, 2, 3, 4, 5, 6], 2, 3).Tensor("b", [10f, 20, 30], 3).ToArray());
        Weight w = weights.Read("w", 2, 3), b = weights.Read("b", 3);

        Assert.Equal([1, 4, 2, 5, 3, 6], Values(w.Transpose(1, 0)));
        Assert.Equal([3, 2], w.Transpose(1, 0).Shape);
        Assert.Equal([1, 2, 3, 4, 5, 6], Values(w.Reshape(3, 1, 2)));
        Assert.Equal([2, 4, 6, 8, 10, 12], Values(w.Scale(2)));
        Assert.Equal([20, 40, 60], Values(b.Plus(b)));
        Assert.Equal([10, 20, 30, 10, 20, 30], Values(b.Expand(2, 3)));
        Assert.Equal([10, 10, 20, 20, 30, 30], Values(b.Reshape(3, 1).Expand(3, 2)));
        Assert.Same(weights, w.Transpose(1, 0).Scale(3).Source);

        Assert.Throws<ArgumentException>(() => w.Reshape(7));
        Assert.Throws<ArgumentException>(() => w.Transpose(0, 0));
        Assert.Throws<ArgumentException>(() => w.Plus(b));
        Assert.Throws<ArgumentException>(() => w.Expand(2, 4));
        Assert.Throws<ArgumentException>(() => w.Expand(3));
        Assert.Throws<ArgumentException>(() => w.CopyTo(new float[5]));
    }

    [Fact]
    public void Transposing_three_dimensions_follows_the_permutation()
        => Gen.Select(Gen.Int[0, 4], Gen.Int[0, 4], Gen.Int[0, 4], Gen.Shuffle(new[] { 0, 1, 2 })).Sample(
            (a, b, c, permutation) =>
            {
                int[] shape = [a, b, c];
                var numbers = Enumerable.Range(0, a * b * c).Select(i => (float)i).ToArray();
                using var weights = Open(new ModelBuilder().Tensor("w", numbers, a, b, c).ToArray());

                var transposed = weights.Read("w", a, b, c).Transpose(permutation);

                var values = Values(transposed);
                var at = new int[3];
                for (var i = 0; i < values.Length; i++)
                {
                    var rest = i;
                    for (var axis = 2; axis >= 0; axis--)
                    {
                        at[permutation[axis]] = rest % shape[permutation[axis]];
                        rest /= shape[permutation[axis]];
                    }

                    Assert.Equal(numbers[(((at[0] * b) + at[1]) * c) + at[2]], values[i]);
                }
            },
            threads: 1);

    [Fact]
    public void BatchNorm_merges_into_the_layer_before_it()
    {
        // γ/√(σ² + ε) = [2, 3] with ε = 0: γ = [2, 6], σ² = [1, 4].
        using var weights = Open(new ModelBuilder()
            .Tensor("g", [2f, 6], 2).Tensor("b", [0.5f, -1], 2).Tensor("m", [1f, 2], 2).Tensor("v", [1f, 4], 2)
            .Tensor("w", [1f, 2, 3, 4, 5, 6], 2, 3).Tensor("bias", [10f, 20], 2).ToArray());
        var norm = weights.BatchNorm("g", "b", "m", "v", 0);
        var w = weights.Read("w", 2, 3);

        Assert.Equal([2, 3], Values(norm.Scale));
        Assert.Equal([-1.5f, -7], Values(norm.Shift));
        Assert.Equal([2, 4, 6, 12, 15, 18], Values(norm.MergeWeight(w, 0)));
        Assert.Equal([2, 12, 4, 15, 6, 18], Values(norm.MergeWeight(w.Transpose(1, 0), 1)));
        Assert.Equal([18.5f, 53], Values(norm.MergeBias(weights.Read("bias", 2))));

        // ConvTranspose in two groups: [2 inputs, 1 output a group, 3].
        Assert.Equal([2, 4, 6, 12, 15, 18], Values(norm.MergeWeight(w.Reshape(2, 1, 3), 1, groups: 2)));

        Assert.Throws<ArgumentException>(() => norm.MergeWeight(w, 1));
        Assert.Throws<ArgumentException>(() => norm.MergeBias(weights.Read("w", 2, 3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => weights.BatchNorm("g", "b", "m", "v", double.NaN));
        Assert.Throws<WeightsException>(() => weights.BatchNorm("g", "b", "m", "w", 0));
    }

    private Weights Open(byte[] bytes)
    {
        File.WriteAllBytes(Model, bytes);
        return Weights.Open(Model);
    }

    private static float[] Values(Weight weight)
    {
        var values = new float[weight.Count];
        weight.CopyTo(values);
        return values;
    }

    private void Refused(Action action, params string[] words)
    {
        var error = Assert.ThrowsAny<ModelFileException>(action);
        Assert.Equal(Model, error.Path);
        Assert.All(words, w => Assert.Contains(w, error.Message, StringComparison.Ordinal));
    }

    private void Refused(Func<object> action, params string[] words) => Refused(() => { action(); }, words);

    private static byte[] External(string location, string offset, string length)
    {
        var tensor = new TensorProto { Name = "w", DataType = 1, Dims = { 2 }, DataLocation = TensorProto.Types.DataLocation.External };
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = offset });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = length });
        return OnnxGen.Model([tensor], 0).ToByteArray();
    }

    // Protobuf by hand, for what Google.Protobuf does not write.
    private static byte[] Message(params byte[][] fields) => [.. fields.SelectMany(f => f)];

    private static byte[] Field(int number, byte[] bytes) => [(byte)((number << 3) | 2), .. Length(bytes.Length), .. bytes];

    private static byte[] Length(int length) => length < 128 ? [(byte)length] : [(byte)(length | 0x80), (byte)(length >> 7)];

    private static byte[] Packed(int number, params float[] values) => Field(number, [.. values.SelectMany(BitConverter.GetBytes)]);

    private static byte[] Single(int number, float value) => [(byte)((number << 3) | 5), .. BitConverter.GetBytes(value)];

    private static byte[] Dims(byte size) => [1 << 3, size];

    private static byte[] Type(byte type) => [2 << 3, type];

    private static byte[] NameOf(string name) => Field(8, [.. name.Select(c => (byte)c)]);

    private sealed class Resource : IDisposable
    {
        public bool IsFreed { get; private set; }

        public void Dispose() => IsFreed = true;
    }
}
