using System.Text;
using CsCheck;
using Google.Protobuf;
using Layerwise.Oracle.Onnx;
using Layerwise.Testing;

namespace Layerwise.Onnx.Tests;

/// <summary>Files of strangers: each ends in a manifest or in a message of one line, with memory in proportion to the file.</summary>
public sealed class HostileFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("layerwise-onnx").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_million_nodes_are_refused_before_they_take_memory()
    {
        // Two bytes each: a node without anything.
        var graph = new byte[2_000_000];
        for (var i = 0; i < graph.Length; i += 2)
        {
            graph[i] = 0x0A;
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused("LW0102", Model(graph), "more than 50000 nodes", "too large to compile");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
    }

    [Theory]
    [InlineData(0x2A)] // initializers
    [InlineData(0x5A)] // inputs
    [InlineData(0x62)] // outputs
    [InlineData(0x7A)] // sparse initializers
    public void Millions_of_anything_else_are_refused_too(byte tag)
    {
        var graph = new byte[3_000_000];
        for (var i = 0; i < graph.Length; i += 2)
        {
            graph[i] = tag;
        }

        Refused("LW0102", Model(graph), "too large to compile");
    }

    [Fact]
    public void A_million_attributes_of_one_node_are_refused()
    {
        var node = new byte[3_000_000];
        for (var i = 0; i < node.Length; i += 2)
        {
            node[i] = 0x2A;
        }

        Refused("LW0102", Model(Field(1, node)), "attributes");
    }

    [Fact]
    public void A_chain_of_thousands_of_nodes_against_the_order_is_read()
    {
        const int Count = 40_000;
        var model = new ModelBuilder().Input("0", 1).Output($"{Count}", 1);
        for (var i = Count; i > 0; i--)
        {
            model.Node("Relu", $"{i - 1}", $"{i}");
        }

        Assert.Contains($"\nnode \"\" \"Relu\" \"\" in \"{Count - 1}\" out \"{Count}\"\n", Read(model.ToArray()), StringComparison.Ordinal);
        model.Model.Graph.Node[^1].Input[0] = $"{Count}";
        Refused("LW0104", model.ToArray(), "cycle");
    }

    [Fact]
    public void A_long_list_of_numbers_takes_memory_in_proportion()
    {
        var model = new ModelBuilder().Input("x", 1).Output("y", 1).Node("Relu", "x", "y", null, ("many", new long[1_000_000]));
        var bytes = model.ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("ints:[0,0,0", Read(bytes), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100L * bytes.Length);
    }

    [Theory]
    [InlineData(17)]
    [InlineData(1000)]
    public void Branches_in_branches_end_somewhere(int depth)
    {
        var inner = Field(1, [.. Field(1, "c"u8.ToArray()), .. Field(2, "z"u8.ToArray()), .. Field(4, "Relu"u8.ToArray())]);
        for (var i = 0; i < depth; i++)
        {
            byte[] attribute = [.. Field(1, "then_branch"u8.ToArray()), .. Field(6, inner)];
            inner = Field(1, [.. Field(1, "c"u8.ToArray()), .. Field(2, "y"u8.ToArray()), .. Field(4, "If"u8.ToArray()), .. Field(5, attribute)]);
        }

        Refused("LW0102", Model(inner), "deep");
    }

    [Fact]
    public void A_branch_does_not_repeat_an_endless_name_before_each_of_its_own()
    {
        var name = new string('n', 100_000);
        var branch = new GraphProto();
        for (var i = 0; i < 1000; i++)
        {
            branch.Node.Add(new NodeProto { OpType = "Relu", Input = { "x" }, Output = { $"{i}" } });
        }

        branch.Output.Add(new ValueInfoProto { Name = "0" });
        var model = new ModelBuilder().Input("x", 1).Output(name, 1)
            .Node("If", ["x"], [name], null, ("then_branch", branch), ("else_branch", branch));
        Refused("LW0102", model.ToArray(), "the names of the Ifs");
    }

    [Fact]
    public void An_endless_name_makes_a_message_that_can_be_read()
    {
        var name = new string('n', 100_000);
        var error = Assert.Throws<OnnxException>(() => Read(new ModelBuilder().Input("x", 1).Output("y", 1).Node("Relu", [name], ["y"], name).ToArray()));
        Assert.InRange(error.Message.Length, 100, 3000);
        Assert.EndsWith("onnx.checker.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_shows_what_turns_or_hides_text_as_escapes()
    {
        var error = Assert.Throws<OnnxException>(() => Read(new ModelBuilder().Input("x", 1).Output("\u202Etxt\u200B\u001b[2J\uFEFF😀", 1).ToArray()));
        Assert.Contains("'\\u202Etxt\\u200B\\u001B[2J\\uFEFF😀'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Element_types_and_ranks_that_cannot_be_are_refused()
    {
        var weight = new ModelBuilder().Tensor("w", [1f], 1);
        weight.Model.Graph.Initializer[0].DataType = -5;
        Refused("LW0104", weight.ToArray(), "'w'", "-5");

        var input = new ModelBuilder().Input("x", 1);
        input.Model.Graph.Input[0].Type.TensorType.ElemType = -7;
        Refused("LW0104", input.ToArray(), "'x'", "-7");
        Refused("LW0104", new ModelBuilder().Input("x", [.. Enumerable.Repeat<object?>(1, 65)]).ToArray(), "'x'", "65 dimensions");
    }

    [Fact]
    public void A_thousand_inputs_are_the_most()
    {
        var model = new ModelBuilder().Output("y", 1).Node("Relu", "0", "y");
        for (var i = 0; i <= 1000; i++)
        {
            model.Input($"{i}", 1);
        }

        Refused("LW0104", model.ToArray(), "1001 inputs");
    }

    [Fact]
    public void Labels_without_end_are_refused()
    {
        var labels = Path.Combine(_folder, "labels.txt");
        File.WriteAllText(labels, new string('\n', 1 << 19));
        var error = Assert.Throws<OnnxException>(() => Read(new ModelBuilder().Input("x", 1).Output("x", 1).ToArray(), labels));
        Assert.Equal("LW0103", error.Id);
        Assert.Contains("262144", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_bytes_give_a_manifest_or_an_OnnxException()
        => Gen.Byte.Array[0, 300].Sample(
            bytes =>
            {
                // As they are, as a graph, and as a node of one.
                foreach (var model in new[] { bytes, Model(bytes), Model(Field(1, bytes)), Model(Field(5, bytes)) })
                {
                    try
                    {
                        Read(model);
                    }
                    catch (OnnxException e)
                    {
                        Assert.DoesNotContain('\n', e.Message);
                    }
                }
            },
            threads: 1,
            iter: 300);

    /// <summary>A model of this graph.</summary>
    private static byte[] Model(byte[] graph) => [0x08, 8, .. Field(8, [0x10, 13]), .. Field(7, graph)];

    private static byte[] Field(int number, byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(bytes));
        }

        return stream.ToArray();
    }

    private string Read(byte[] model, string? labels = null)
    {
        var path = Path.Combine(_folder, "model.onnx");
        File.WriteAllBytes(path, model);
        return OnnxManifest.Read(path, "model.onnx", labels);
    }

    private void Refused(string id, byte[] model, params string[] words)
    {
        var error = Assert.Throws<OnnxException>(() => Read(model));
        Assert.Equal(id, error.Id);
        Assert.All(words, w => Assert.Contains(w, error.Message, StringComparison.Ordinal));
    }
}
