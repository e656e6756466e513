using Layerwise.Compiler.Emit;
using Layerwise.Oracle.Onnx;
using Layerwise.Testing;

namespace Layerwise.Compiler.Tests;

/// <summary>Graphs that no exporter writes: each ends in a problem that says what is wrong, or in a network; in time and memory that grow with the graph alone.</summary>
public sealed class HostileGraphTests
{
    private static readonly ExplainerSpec Gradient = new() { ClassName = "Net", Method = "gradient" };
    private static readonly ExplainerSpec Predict = new() { ClassName = "Net", Method = "predict" };

    public static TheoryData<string> Operators => ["Relu", "Sigmoid", "Add", "Transpose", "Identity", "Conv"];

    [Theory]
    [MemberData(nameof(Operators))]
    public void Memory_grows_with_the_number_of_nodes(string op)
    {
        long Allocated(int nodes)
        {
            var model = Chain(op, nodes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.NotNull(Compile.Network(model).NetworkSource);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Allocated(100);
        Assert.InRange(Allocated(4000) / (double)Allocated(1000), 1, 5.5);
    }

    [Fact]
    public void As_many_nodes_as_a_file_may_have_compile()
    {
        var network = Compile.Network(Chain("Relu", 50_000), Predict);
        Assert.Equal(50_000, network.Layers.Count);
        Assert.NotNull(network.NetworkSource);
    }

    [Fact]
    public void Ten_thousand_layers_without_a_rule_are_counted_not_listed()
    {
        var problem = Compile.OnlyProblem(Chain("ArgMax", 10_000, ("keepdims", 1)));
        Assert.InRange(problem.Message.Length, 50, 2000);

        problem = Compile.OnlyProblem(Chain("NoSuchOperator", 10_000));
        Assert.Equal("LW0201", problem.Id);
        Assert.Contains("'v11' and 9988 more", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_thousand_outputs_are_counted_not_listed()
    {
        var model = Chain("Relu", 10_000);
        model.Model.Graph.Output.Add(model.Model.Graph.Node.SkipLast(1).Select(n => new ValueInfoProto { Name = n.Output[0] }));
        var problem = Compile.OnlyProblem(model);
        Assert.Equal("LW0204", problem.Id);
        Assert.InRange(problem.Message.Length, 50, 1000);
        Assert.NotNull(Compile.Network(model, Predict).NetworkSource);
    }

    [Fact]
    public void A_name_that_a_hundred_thousand_layers_have_is_numbered()
    {
        var names = Names.ForFields();
        var taken = Enumerable.Range(0, 100_000).Select(i => names.Take(i % 2 == 0 ? "conv" : "CONV")).ToList();
        Assert.Equal(taken.Count, taken.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal("conv100000", taken[^1], ignoreCase: true);
    }

    [Fact]
    public void A_weight_that_is_turned_a_thousand_times_is_turned_at_load()
    {
        var model = new ModelBuilder().Input("x", "N", 3).Weight("w0", 3, 3).Output("y", "N", 3);
        for (var i = 0; i < 1000; i++)
        {
            model.Node("Transpose", $"w{i}", $"w{i + 1}");
        }

        var source = Compile.Network(model.Node("MatMul", "x w1000", "y")).NetworkSource!;
        Assert.InRange(source.Split('\n').Max(l => l.Length), 1, 2000);
        Assert.Contains("K.Transpose", source, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_is_doubled_a_hundred_times_ends_somewhere()
    {
        var model = new ModelBuilder().Input("x", "N", 4).Output("y", "N", 4).Tensor("l0", [1L, 4], 2);
        for (var i = 0; i < 100; i++)
        {
            model.Node("Concat", $"l{i} l{i}", $"l{i + 1}", null, ("axis", 0));
        }

        Refused(model.Node("Reshape", "x l100", "y"), "LW0203");
    }

    [Fact]
    public void An_open_size_has_a_short_name_behind_any_number_of_windows()
    {
        var model = new ModelBuilder().Input("x", "N", 1, "H", "W").Output("y", "N", 1, null, null);
        for (var i = 0; i < 500; i++)
        {
            model.Node("MaxPool", i == 0 ? "x" : $"v{i}", i == 499 ? "y" : $"v{i + 1}", null, ("kernel_shape", new[] { 3, 3 }), ("strides", new[] { 2, 2 }));
        }

        Assert.InRange(Compile.Network(model).NetworkSource!.Split('\n').Max(l => l.Length), 1, 1000);
    }

    [Fact]
    public void A_scalar_and_no_numbers_are_no_numbers()
    {
        // What broadcasts with an empty list is empty.
        var graph = Compile.Shaped(new ModelBuilder().Input("x", "N", 4).Output("y", "N", 4)
            .Tensor("none", Array.Empty<long>(), 0).Tensor("one", [1L], 1)
            .Node("Add", "one none", "sum").Node("Concat", "sum one", "axes", null, ("axis", 0))
            .Node("Unsqueeze", "x axes", "wide").Node("Squeeze", "wide axes", "y"));
        Assert.Equal("[N, 1, 4]", graph.Shapes["wide"].ToString());
    }

    public static TheoryData<string, long[]> Sizes => new()
    {
        { "Tile", [1, long.MaxValue] },
        { "Tile", [1, -1] },
        { "Expand", [1, 1L << 40, 1L << 40] },
        { "Expand", [1, long.MinValue] },
        { "Reshape", [1L << 62, 4] },
        { "Reshape", [-5, 4] },
        { "Reshape", [-1, -1] },
        { "Pad", [0, long.MaxValue, 0, long.MaxValue] },
        { "Pad", [0, long.MinValue, 0, 0] },
        { "Pad", [0, 1] },
        { "Unsqueeze", [long.MaxValue] },
        { "Unsqueeze", [.. Enumerable.Range(0, 100).Select(i => (long)i)] },
        { "Squeeze", [long.MinValue] },
        { "ReduceSum", [long.MaxValue] },
        { "Split", [long.MaxValue, long.MaxValue] },
        { "TopK", [-1] },
        { "TopK", [long.MaxValue] },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Sizes_and_axes_that_cannot_be_are_refused(string op, long[] numbers)
    {
        var model = new ModelBuilder().Input("x", "N", 4).Tensor("numbers", numbers, numbers.Length).Output("y", "N", 4);
        Refused(model.Node(op, ["x", "numbers"], op is "TopK" or "Split" ? ["y", "z"] : ["y"]), "LW0203", "LW0202");
    }

    [Fact]
    public void Numbers_that_would_fill_the_memory_are_not_made()
    {
        foreach (var count in new[] { 1L << 30, 1L << 45, long.MaxValue })
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var op in new[] { "ConstantOfShape", "Range", "Expand", "OneHot" })
            {
                var model = new ModelBuilder().Input("x", "N", 4).Tensor("n", [count], 1).Tensor("zero", [0L], 1).Tensor("one", [1L], 1).Tensor("s", [count], []).Tensor("z", [0L], []).Tensor("o", [1L], []).Tensor("pair", [0L, 1], 2);
                model = op switch
                {
                    "Range" => model.Node("Range", "z s o", "many"),
                    "Expand" => model.Node("Expand", "one n", "many"),
                    "OneHot" => model.Node("OneHot", "zero s pair", "many"),
                    _ => model.Node(op, "n", "many"),
                };
                var network = Compile.Network(model.Node("Cast", "many", "numbers", null, ("to", 1)).Node("Add", "x numbers", "y").Output("y", "N", 4), Predict);
                Assert.True(network.NetworkSource is null ? network.Problems is [{ Id: "LW0203" or "LW0202" }] : network.NetworkSource.Length < 10_000, op);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
        }
    }

    [Fact]
    public void Weights_of_astronomic_size_are_counted()
    {
        // Structure alone: there are no such data.
        var model = new ModelBuilder().Input("x", "N", 1 << 20, 1 << 10, 1 << 10).Output("y", "N", 1 << 20, 1 << 10, 1 << 10).Tensor("w", ReadOnlySpan<float>.Empty, 1 << 20, 1 << 20, 1, 1)
            .Node("Conv", "x w", "h").Node("Conv", "h w", "y");
        Assert.Contains(" multiply-adds", Compile.Network(model).NetworkSource, StringComparison.Ordinal);

        Refused(new ModelBuilder().Input("x", "N", 1L << 40, 1L << 40).Output("x", "N", 1), "LW0203");
        Refused(new ModelBuilder().Input("x", "N", 4).Output("y", "N", 1L << 60).Tensor("w", ReadOnlySpan<float>.Empty, 4, 1L << 55).Node("MatMul", "x w", "y"), "LW0203");
    }

    [Fact]
    public void Constants_among_the_inputs_take_no_relevance()
    {
        var model = new ModelBuilder().Input("x", "N", 4).Output("y", "N", 6).Tensor("two", [1f, 2], 1, 2).Tensor("shape", [1L, 2], 2)
            .Node("CastLike", "two x", "like").Node("Reshape", "like shape", "row").Node("Shape", "x", "n", null, ("end", 1)).Node("Concat", "n two_", "wanted", null, ("axis", 0)).Tensor("two_", [2L], 1)
            .Node("Expand", "row wanted", "rows").Node("Concat", "x rows", "y", null, ("axis", 1));
        Assert.NotNull(Compile.Network(model, Gradient).NetworkSource);
    }

    [Fact]
    public void A_condition_is_true_or_false()
        => Refused(new ModelBuilder().Input("x", "N", 4).Output("y", "N", 4).Node("Where", "x x x", "y"), "LW0202");

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-1)]
    public void An_epsilon_that_is_no_number_from_0_on_is_refused(float epsilon)
        => Refused(new ModelBuilder().Input("x", "N", 4).Output("y", "N", 4).Weight("p", 4).Node("BatchNormalization", "x p p p p", "y", null, ("epsilon", epsilon)), "LW0202");

    [Fact]
    public void A_weight_of_another_type_is_no_bias()
    {
        var model = new ModelBuilder().Input("x", "N", 4).Output("y", "N", 4).Weight("w", 4, 4).Node("MatMul", "x w", "h").Node("Add", "h b", "y");
        model.Model.Graph.Initializer.Add(new TensorProto { Name = "b", DataType = 11, Dims = { 4 }, DoubleData = { 1, 2, 3, 4 } });
        Assert.DoesNotContain("new(weights.Read(\"w\", [4, 4]).Transpose([1, 0]), weights.Values", Compile.Network(model, Predict).NetworkSource, StringComparison.Ordinal);

        var conv = new ModelBuilder().Input("x", "N", 1, 4, 4).Output("y", "N", 1, 4, 4).Weight("w", 1, 1, 1, 1).Node("Conv", "x w b", "y");
        conv.Model.Graph.Initializer.Add(new TensorProto { Name = "b", DataType = 11, Dims = { 1 }, DoubleData = { 1 } });
        Refused(conv, "LW0202");
    }

    [Fact]
    public void A_tensor_of_strings_is_no_input_of_a_layer()
    {
        var model = new ModelBuilder().Input("x", "N", 4).Output("y", "N", 4).Node("Add", "x s", "y");
        model.Model.Graph.Initializer.Add(new TensorProto { Name = "s", DataType = 8, Dims = { 4 } });
        Refused(model, "LW0203");
    }

    [Fact]
    public void A_negative_size_fills_nothing()
        => Assert.All(new[] { new[] { -1L }, [-1, -4], [long.MinValue, 1] }, shape => Refused(
            new ModelBuilder().Input("x", "N", 4).Output("y", "N", 4).Tensor("shape", shape, shape.Length).Node("ConstantOfShape", "shape", "c").Node("Add", "x c", "y"), "LW0203"));

    [Fact]
    public void A_Pad_without_pads_is_refused()
        => Refused(new ModelBuilder().Input("x", "N", 4).Output("y", "N", 4).Node("Pad", "x", "y"), "LW0203");

    [Fact]
    public void A_problem_is_one_line_that_can_be_read()
    {
        var name = "\u202E\n" + new string('x', 100_000);
        var problem = Compile.OnlyProblem(new ModelBuilder().Input("x", "N", 4).Output("y", "N", 4).Node("NoSuchOperator", ["x"], ["y"], name));
        Assert.InRange(problem.Message.Length, 100, 2500);
        Assert.StartsWith("'models/net.onnx' has operators that are not supported: NoSuchOperator ('\\u202E\\u000Axxx", problem.Message, StringComparison.Ordinal);
        Assert.EndsWith("docs/operators.md lists what is supported.", problem.Message, StringComparison.Ordinal);
    }

    private static void Refused(ModelBuilder model, params string[] ids)
    {
        foreach (var spec in new[] { Gradient, Predict })
        {
            Assert.Contains(Compile.OnlyProblem(model, spec).Id, ids);
        }
    }

    private static ModelBuilder Chain(string op, int count, params (string Name, object Value)[] attributes)
    {
        object?[] shape = op == "Conv" ? ["N", 2, 4, 4] : ["N", 4];
        var model = new ModelBuilder().Input("x", shape).Output("y", shape).Weight("w", 2, 2, 1, 1).Tensor("four", [1f, 2, 3, 4], 4);
        for (var i = 0; i < count; i++)
        {
            var (from, to) = (i == 0 ? "x" : $"v{i - 1}", i == count - 1 ? "y" : $"v{i}");
            var inputs = op == "Add" ? $"{from} {(i % 2 == 0 ? "x" : "four")}" : op == "Conv" ? $"{from} w" : from;
            model.Node(op, inputs, to, op == "Transpose" ? "same" : null, op == "Transpose" ? [("perm", new[] { 0, 1 })] : attributes);
        }

        return model;
    }
}
