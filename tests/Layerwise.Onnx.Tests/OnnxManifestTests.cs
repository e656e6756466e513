using System.Runtime.CompilerServices;
using CsCheck;
using Google.Protobuf;
using Layerwise.Oracle.Onnx;
using Layerwise.Testing;

namespace Layerwise.Onnx.Tests;

public sealed class OnnxManifestTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("layerwise-onnx").FullName;

    private string Model => Path.Combine(_folder, "model.onnx");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_small_model_reads_as_documented()
    {
        var model = new ModelBuilder()
            .Input("data", "N", 3, null, -1)
            .Output("logits", "N", 2)
            .Tensor("conv.weight", new float[24], 2, 3, 2, 2)
            .Tensor("shape", [1, -1], 2)
            .Node("Constant", [], ["axes"], "k", ("value_ints", new long[] { 2, 3 }))
            .Node("Conv", ["data", "conv.weight", ""], ["h1"], "conv1", ("kernel_shape", new[] { 2, 2 }), ("auto_pad", "NOTSET"))
            .Node("ConstantOfShape", "shape", "fill", null, ("value", ModelBuilder.FloatTensor("", [0.1f], 1)))
            .Node("LeakyRelu", "h1", "h2", null, ("alpha", 0.01f))
            .Node("ReduceMean", "h2 axes", "logits", "mean", ("keepdims", 0), ("scales", new[] { 1e-6f, float.PositiveInfinity, -0f }), ("none", Array.Empty<long>()));
        model.Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });

        Assert.Equal(
            """
            layerwise-graph 1
            file "models/small.onnx"
            opset "" 13
            opset "com.microsoft" 1
            input "data" float32 ["N",3,?,?]
            output "logits" float32 ["N",2]
            tensor "conv.weight" float32 [2,3,2,2]
            tensor "shape" int64 [2] = 1 -1
            tensor "axes" int64 [2] = 2 3
            node "" "Conv" "conv1" in "data" "conv.weight" "" out "h1" with "kernel_shape"=ints:[2,2] "auto_pad"=string:"NOTSET"
            node "" "ConstantOfShape" "" in "shape" out "fill" with "value"=tensor:float32[1]=0.1
            node "" "LeakyRelu" "" in "h1" out "h2" with "alpha"=float:0.01
            node "" "ReduceMean" "mean" in "h2" "axes" out "logits" with "keepdims"=int:0 "scales"=floats:[1E-06,Infinity,-0] "none"=ints:[]
            label "tabby cat"
            label "dog"

            """,
            Read(model, "models\\small.onnx", "tabby cat\r\ndog\r\n\r\n \n"));
    }

    [Fact]
    public void Other_weights_give_the_same_manifest()
        => Assert.Equal(Read(Dense([1, 2])), Read(Dense([3, 4])));

    [Fact]
    public void Hostile_names_stay_inside_their_quotes()
    {
        var name = "a\"b\\c\nlabel \"x\"\u0001\u2028é😀";
        var text = Read(new ModelBuilder().Input(name, 1).Output("y", 1).Node("Relu", [name], ["y"], name));

        const string Quoted = "\"a\\\"b\\\\c\\nlabel \\\"x\\\"\\u0001\\u2028\\u00E9\\uD83D\\uDE00\"";
        Assert.Contains($"node \"\" \"Relu\" {Quoted} in {Quoted} out \"y\"\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\nlabel", text, StringComparison.Ordinal);
        Assert.All(text, c => Assert.True(c is '\n' or (>= ' ' and <= '~')));
    }

    [Fact]
    public void Floats_read_back_to_the_same_number()
        => Gen.Float.Sample(value =>
        {
            var text = Read(new ModelBuilder().Input("x", 1).Output("y", 1).Node("Op", "x", "y", null, ("f", value)));
            var written = text.Split("float:")[1].TrimEnd();
            Assert.Equal(value, written switch { "Infinity" => float.PositiveInfinity, "-Infinity" => float.NegativeInfinity, _ => float.Parse(written, System.Globalization.CultureInfo.InvariantCulture) });
        }, threads: 1, iter: 200);

    [Fact]
    public void Small_integer_tensors_carry_their_values_in_every_encoding()
    {
        var model = new ModelBuilder().Input("x", 1).Output("x", 1);
        model.Model.Graph.Initializer.Add(
        [
            new TensorProto { Name = "int32", DataType = 6, Dims = { 2 }, Int32Data = { 5, -6 } },
            new TensorProto { Name = "int64", DataType = 7, Dims = { 2 }, Int64Data = { long.MinValue, long.MaxValue } },
            new TensorProto { Name = "uint64", DataType = 13, Dims = { 1 }, Uint64Data = { ulong.MaxValue } },
            new TensorProto { Name = "int8", DataType = 3, Dims = { 2 }, RawData = ByteString.CopyFrom(0xFF, 0x7F) },
            new TensorProto { Name = "bool", DataType = 9, Dims = { 3 }, RawData = ByteString.CopyFrom(0, 1, 1) },
            new TensorProto { Name = "empty", DataType = 7, Dims = { 0 } },
            new TensorProto { Name = "text", DataType = 8, Dims = { 1 } },
            ModelBuilder.IntTensor("scalar", [7]),
            ModelBuilder.IntTensor("large", new long[4097], 4097),
        ]);

        var text = Read(model);

        string[] lines =
        [
            "tensor \"int32\" int32 [2] = 5 -6", "tensor \"int64\" int64 [2] = -9223372036854775808 9223372036854775807",
            "tensor \"uint64\" uint64 [1] = 18446744073709551615", "tensor \"int8\" int8 [2] = -1 127", "tensor \"bool\" bool [3] = 0 1 1",
            "tensor \"empty\" int64 [0] =", "tensor \"text\" string [1]", "tensor \"scalar\" int64 [] = 7", "tensor \"large\" int64 [4097]",
        ];
        Assert.All(lines, line => Assert.Contains(line + "\n", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Unsorted_nodes_are_written_in_an_order_that_runs()
    {
        var model = new ModelBuilder().Input("x", 1).Output("y", 1)
            .Node("Relu", "b", "y", "last").Node("Relu", "x", "side", "other").Node("Relu", "a", "b", "second").Node("Relu", "x", "a", "first");

        var names = Read(model).Split('\n').Where(l => l.StartsWith("node", StringComparison.Ordinal)).Select(l => l.Split('"')[5]);

        Assert.Equal(["other", "first", "second", "last"], names);
    }

    [Fact]
    public void An_initializer_that_is_listed_as_an_input_is_a_tensor_alone()
        => Assert.Equal(1, Read(Dense([1, 2]).Input("w", 1, 2)).Split('\n').Count(l => l.Contains("\"w\" float32", StringComparison.Ordinal)));

    [Fact]
    public void WordNet_ids_are_dropped_where_every_label_has_one()
    {
        Assert.Contains("label \"tench\"\nlabel \"goldfish\"\n", Read(Dense([1, 2]), labels: "n01440764 tench\nn01443537 goldfish\n"), StringComparison.Ordinal);
        Assert.Contains("label \"n01440764 tench\"\nlabel \"goldfish\"\n", Read(Dense([1, 2]), labels: "n01440764 tench\ngoldfish\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_model_is_LW0101()
        => Refused("LW0101", () => OnnxManifest.Read(Model, "m", null), Model);

    [Fact]
    public void What_is_no_model_is_LW0102()
    {
        Refused("LW0102", () => Read([]), Model);
        Refused("LW0102", () => Read("<html>404</html>"u8.ToArray()), Model, "at byte", "download");
        Refused("LW0102", () => Read(Dense([1, 2]).ToArray()[..^3]), Model, "at byte");
    }

    [Fact]
    public void Labels_that_cannot_be_read_are_LW0103()
    {
        Refused("LW0103", () => OnnxManifest.Read(Dense([1, 2]).Save(Model), "m", Path.Combine(_folder, "absent.txt")), "absent.txt", "does not exist");
        File.WriteAllBytes(Path.Combine(_folder, "latin1.txt"), [0x63, 0x61, 0x66, 0xE9]);
        Refused("LW0103", () => OnnxManifest.Read(Model, "m", Path.Combine(_folder, "latin1.txt")), "latin1.txt", "UTF-8");
    }

    public static TheoryData<string, Action<ModelBuilder>, string> Malformed => new()
    {
        { "produced twice", m => m.Node("Relu", "x", "y", "again"), "'again'" },
        { "input twice", m => m.Input("x", 1), "'x'" },
        { "tensor twice", m => m.Tensor("w", [1f], 1).Tensor("w", [1f], 1), "'w'" },
        { "tensor made again", m => m.Tensor("y", [1f], 1), "'y'" },
        { "input from nowhere", m => m.Node("Relu", "ghost", "z", "r"), "'ghost'" },
        { "output from nowhere", m => m.Output("ghost", 1), "'ghost'" },
        { "cycle", m => m.Node("Relu", "q", "p", "one").Node("Relu", "p", "q", "two"), "cycle" },
        { "negative dimension of an input", m => m.Input("n", -2), "-2" },
        { "negative dimension of a tensor", m => m.Tensor("w", [1f], -1), "negative" },
        { "overflowing dimensions", m => m.Tensor("w", [1f], long.MaxValue, 8), "more elements" },
        { "more elements than data", m => m.Tensor("w", [1f], 2), "8 bytes" },
        { "opset too old", m => m.Model.OpsetImport[0].Version = 0, "opset is 0" },
        { "opset too new", m => m.Model.OpsetImport[0].Version = 25, "opset is 25" },
        { "no opset", m => m.Model.OpsetImport.Clear(), "opset" },
        { "opset twice", m => m.Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx", Version = 9 }), "twice" },
        { "IR from the future", m => m.Model.IrVersion = 99, "99" },
        { "node without operator", m => m.Node("", "x", "z", "n"), "'n'" },
        { "attribute twice", m => m.Node("A", "x", "z", "n", ("a", 1), ("a", 2)), "'a'" },
        { "constant without a value", m => m.Node("Constant", [], ["k"], "k_node"), "'k_node'" },
        { "sparse initializer", m => AddUnknown(m, 15), "sparse" },
        { "unknown kind of attribute", m => m.Model.Graph.Node[0].Attribute.Add(new AttributeProto { Name = "ts", Type = AttributeProto.Types.AttributeType.Tensors }), "'ts'" },
        { "wrong number of values", m => m.Model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = 7, Dims = { 2 }, Int64Data = { 1000 } }), "'w'" },
    };

    [Theory]
    [MemberData(nameof(Malformed), DisableDiscoveryEnumeration = true)]
    public void A_malformed_graph_is_LW0104(string flaw, Action<ModelBuilder> spoil, string named)
    {
        var model = new ModelBuilder().Input("x", 1).Output("y", 1).Node("Relu", "x", "y");
        Read(model);
        spoil(model);

        Assert.NotEmpty(flaw);
        Refused("LW0104", () => Read(model), Model, named);
    }

    [Fact]
    public void External_data_outside_the_models_folder_are_LW0105()
    {
        var model = new ModelBuilder().Input("x", 1).Output("x", 1);
        var tensor = new TensorProto { Name = "w", DataType = 1, Dims = { 1 }, DataLocation = TensorProto.Types.DataLocation.External };
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "../w.bin" });
        model.Model.Graph.Initializer.Add(tensor);

        Refused("LW0105", () => Read(model), Model, "'w'", "../w.bin", "folder");
    }

    [Fact]
    public void External_integers_are_read_from_beside_the_model()
    {
        File.WriteAllBytes(Path.Combine(_folder, "w.bin"), BitConverter.GetBytes(-5L));
        var model = new ModelBuilder().Input("x", 1).Output("x", 1);
        var tensor = new TensorProto { Name = "w", DataType = 7, Dims = { 1 }, DataLocation = TensorProto.Types.DataLocation.External };
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "w.bin" });
        model.Model.Graph.Initializer.Add(tensor);

        Assert.Contains("tensor \"w\" int64 [1] = -5\n", Read(model), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_is_one_line_whatever_the_model_calls_its_values()
        => Assert.DoesNotContain('\n', Assert.Throws<OnnxException>(() => Read(new ModelBuilder().Output("a\nb", 1))).Message);

    [Fact]
    public void A_damaged_model_gives_a_manifest_or_an_OnnxException()
    {
        var intact = Dense([1, 2]).Tensor("s", [1, 2], 2).Node("Constant", [], ["k"], null, ("value", ModelBuilder.IntTensor("", [1], 1))).ToArray();
        Gen.Select(Gen.Int[0, int.MaxValue].Array[0, 6], Gen.Double[0, 1.5]).Sample(
            (flips, part) =>
            {
                var bytes = intact.ToArray();
                foreach (var flip in flips)
                {
                    bytes[flip / 8 % bytes.Length] ^= (byte)(1 << (flip % 8));
                }

                try
                {
                    Assert.EndsWith("\n", Read(bytes[..(int)(Math.Min(part, 1) * bytes.Length)]), StringComparison.Ordinal);
                }
                catch (OnnxException e)
                {
                    Assert.Contains(Model, e.Message, StringComparison.Ordinal);
                }
            },
            threads: 1,
            iter: 2000);
    }

    [Fact]
    public void Memory_does_not_grow_with_the_weights()
    {
        // 300 MB of weights as a sparse file: the graph, whose field lengths promise the payload, then nothing but zeros.
        const int Payload = 300 << 20;
        var model = new ModelBuilder().Input("x", 1).Output("x", 1);
        byte[] Field(int number, ReadOnlySpan<byte> head, long rest) => [(byte)((number << 3) | 2), .. Varint(head.Length + rest), .. head];
        var raw = Field(9, [], Payload);
        var tensor = new TensorProto { Name = "w", DataType = 1, Dims = { Payload / 4 } }.ToByteArray();
        var initializer = Field(5, [.. tensor, .. raw], Payload);
        var graph = Field(7, initializer, Payload);
        using (var file = File.Create(Model))
        {
            file.Write(model.ToArray());
            file.Write(graph);
            file.SetLength(file.Length + Payload);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var text = OnnxManifest.Read(Model, "m", null);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Contains("tensor \"w\" float32 [78643200]\n", text, StringComparison.Ordinal);
        Assert.InRange(allocated, 0, 4 << 20);

        static byte[] Varint(long value) => value < 128 ? [(byte)value] : [(byte)(value | 0x80), .. Varint(value >> 7)];
    }

    [Fact]
    public void Every_model_at_hand_gives_a_manifest()
    {
        var shared = Path.GetFullPath(Path.Combine(Here(), "..", "..", "..", "shared"));
        if (!Directory.Exists(shared))
        {
            Assert.Skip($"'{shared}' with its models is not here.");
        }

        var models = new[] { "models", "goldens" }.SelectMany(f => Directory.EnumerateFiles(Path.Combine(shared, f), "*.onnx", SearchOption.AllDirectories)).ToList();
        var refused = new List<string>();
        foreach (var model in models)
        {
            try
            {
                Assert.StartsWith("layerwise-graph 1\nfile \"m.onnx\"\nopset ", OnnxManifest.Read(model, "m.onnx", null), StringComparison.Ordinal);
            }
            catch (OnnxException e)
            {
                refused.Add($"{e.Id} {e.Message}");
            }
        }

        Assert.NotEmpty(models);
        Assert.True(refused.Count == 0, string.Join("\n", refused));
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static ModelBuilder Dense(float[] weights)
        => new ModelBuilder().Input("x", 1, 2).Output("y", 1, 1).Tensor("w", weights, 1, 2).Node("Gemm", "x w", "y", "fc", ("transB", 1));

    /// <summary>A field that the tests' schema does not know, inside the graph.</summary>
    private static void AddUnknown(ModelBuilder model, int field)
        => model.Model.Graph = GraphProto.Parser.ParseFrom([.. model.Model.Graph.ToByteArray(), (byte)((field << 3) | 2), 0]);

    private string Read(ModelBuilder model, string file = "model.onnx", string? labels = null) => Read(model.ToArray(), file, labels);

    private string Read(byte[] model, string file = "model.onnx", string? labels = null)
    {
        File.WriteAllBytes(Model, model);
        if (labels is null)
        {
            return OnnxManifest.Read(Model, file, null);
        }

        var labelsPath = Path.Combine(_folder, "labels.txt");
        File.WriteAllText(labelsPath, labels);
        return OnnxManifest.Read(Model, file, labelsPath);
    }

    private static void Refused(string id, Action action, params string[] words)
    {
        var error = Assert.Throws<OnnxException>(action);
        Assert.Equal(id, error.Id);
        Assert.All(words, w => Assert.Contains(w, error.Message, StringComparison.Ordinal));
    }

    private static void Refused(string id, Func<object> action, params string[] words) => Refused(id, () => { action(); }, words);
}
