using Layerwise.Compiler.Emit;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Passes;
using Layerwise.Compiler.Relevance;
using Layerwise.Testing;

namespace Layerwise.Compiler.Tests.Passes;

/// <summary>What each rewriting pass does to a graph, and what it leaves alone.</summary>
public class CanonizerTests
{
    [Fact]
    public void Aliases_are_taken_out_and_their_readers_read_the_original()
    {
        var model = Model().Weight("w", 4, 4).Node("Identity", "w", "w.alias").Node("Dropout", "x", "d").Node("Identity", "d", "i").Node("MatMul", "i w.alias", "y", "fc");
        Assert.Equal(["y = MatMul(x, w)"], Compile.Dump(ResolveAliases.Run(Compile.Read(model))));
    }

    [Fact]
    public void An_output_that_is_an_alias_is_the_original()
        => Assert.Equal("h", ResolveAliases.Run(Compile.Read(Model().Node("Relu", "x", "h").Node("Identity", "h", "y"))).Output);

    [Fact]
    public void Known_integers_and_reshaped_weights_are_folded()
    {
        var model = Model().Weight("w", 2, 2, 4).Tensor("shape", [4L, 4], 2).Node("Reshape", "w shape", "w2").Node("Transpose", "w2", "w3")
            .Node("MatMul", "x w3", "y", "fc");
        var graph = Compile.Shaped(model);
        Assert.Equal(["y = MatMul(x, y/weight) [N, 4]"], Compile.Dump(graph));
        Assert.Equal([4L, 4], graph.Constants["y/weight"].Shape);
    }

    [Fact]
    public void Nodes_that_the_output_does_not_need_are_taken_out()
    {
        var model = Model().Node("Relu", "x", "dead", "dead").Node("Relu", "x", "y", "act");
        Assert.Equal(["y = Relu(x) [N, 4]"], Compile.Dump(Compile.Shaped(model)));
    }

    [Fact]
    public void Gemm_becomes_a_dense_layer_with_its_weight_turned_and_scaled()
    {
        var model = Model().Weight("w", 4, 3).Weight("c", 1, 3).Node("Gemm", "x w c", "y", "fc", ("alpha", 0.5f), ("beta", 2f));
        var graph = Compile.Shaped(model);
        Assert.Equal(["y = Gemm(x, y/weight, y/bias) [N, 3]"], Compile.Dump(graph));
        Assert.Equal([3L, 4], graph.Constants["y/weight"].Shape);
        Assert.Equal(0.5f, Assert.IsType<Constant.Scaled>(Assert.IsType<Constant.Transposed>(graph.Constants["y/weight"]).Of).Factor);
        Assert.Equal(2f, Assert.IsType<Constant.Scaled>(graph.Constants["y/bias"]).Factor);
    }

    [Theory]
    [InlineData(new long[] { 5 })]
    [InlineData(new long[] { 1, 5 })]
    [InlineData(new long[] { 1 })]
    public void An_added_vector_is_a_dense_layers_bias(long[] shape)
    {
        var model = Model().Weight("w", 4, 5).Weight("b", shape).Node("MatMul", "x w", "h", "fc").Node("Add", "b h", "y", "bias");
        var graph = MergeBias.Run(Compile.Shaped(model));
        Assert.Equal(["y = MatMul(x, h/weight, y/bias) [N, 5]"], Compile.Dump(graph));
        Assert.Equal([5L], graph.Constants["y/bias"].Shape);
    }

    [Fact]
    public void An_added_number_a_channel_is_a_convolutions_bias()
        => Assert.Equal(["y = Conv 3×3(x, w, y/bias) [N, 2, 4, 4]"], Compile.Dump(MergeBias.Run(Compile.Shaped(Convolution().Weight("b", 2, 1, 1).Node("Add", "h b", "y")))));

    [Fact]
    public void An_added_number_a_position_stays_a_sum()
        => Assert.Equal(2, MergeBias.Run(Compile.Shaped(Convolution().Weight("b", 2, 4, 4).Node("Add", "h b", "y"))).Nodes.Count);

    [Fact]
    public void A_sum_behind_a_layer_that_others_read_stays()
    {
        var model = Convolution().Weight("b", 2, 1, 1).Node("Add", "h b", "s").Node("Add", "s h", "y");
        Assert.Equal(3, MergeBias.Run(Compile.Shaped(model)).Nodes.Count);
    }

    [Fact]
    public void A_batch_normalization_behind_a_convolution_is_merged()
    {
        var graph = MergeBatchNorm.Run(Compile.Shaped(Norm(Convolution(), "h", "y")));
        Assert.Equal(["y = Conv 3×3 + BatchNormalization(x, y/weight, y/bias) [N, 2, 4, 4]"], Compile.Dump(graph));
        Assert.Equal("w", Assert.IsType<Constant.Stored>(Assert.IsType<Constant.MergedWeight>(graph.Constants["y/weight"]).Of).Name);
        Assert.Single(graph.Notes);
    }

    [Fact]
    public void A_batch_normalization_before_a_convolution_stays()
    {
        var model = Norm(new ModelBuilder().Input("x", "N", 2, 6, 6).Output("y", "N", 2, 4, 4).Weight("w", 2, 2, 3, 3), "x", "n").Node("Conv", "n w", "y");
        var graph = Compile.Shaped(model);
        Assert.Same(graph, MergeBatchNorm.Run(graph));
    }

    [Fact]
    public void A_batch_normalization_over_another_axis_than_a_dense_layers_outputs_stays()
    {
        var model = Norm(new ModelBuilder().Input("x", "N", 2, 4).Output("y", "N", 2, 2).Weight("w", 4, 2).Node("MatMul", "x w", "h"), "h", "y");
        Assert.Equal(2, MergeBatchNorm.Run(Compile.Shaped(model)).Nodes.Count);
    }

    [Theory]
    [InlineData("Softmax", false)]
    [InlineData("LogSoftmax", false)]
    [InlineData("Sigmoid", true)]
    public void A_final_softmax_or_sigmoid_is_left_out_of_what_is_explained(string head, bool independent)
    {
        var model = Model().Weight("w", 4, 4).Tensor("shape", [-1L, 2, 2], 3).Node("MatMul", "x w", "h").Node(head, "h", "p").Node("Reshape", "p shape", "y");
        var graph = StripHead.Run(Compile.Shaped(model));
        Assert.Equal(("h", "y", independent), (graph.Logits, graph.Output, graph.HasIndependentClasses));
    }

    [Theory]
    [InlineData("Softmax")]
    [InlineData("Sigmoid")]
    public void One_that_others_read_stays(string head)
    {
        var model = Model().Weight("w", 4, 4).Node(head, "x", "p").Node("MatMul", "p w", "y");
        Assert.Equal("y", StripHead.Run(Compile.Shaped(model)).Logits);
        Assert.Equal("y", StripHead.Run(Compile.Shaped(Model().Node(head, "x", "y"))).Logits);
    }

    [Fact]
    public void A_relu_runs_with_the_layer_before_it_unless_others_read_that()
    {
        Assert.Equal(["y = Conv 3×3 + Relu(x, w) [N, 2, 4, 4]"], Compile.Dump(Fused(Compile.Shaped(Convolution().Node("Relu", "h", "y")))));
        var shared = Compile.Shaped(Convolution().Node("Relu", "h", "r").Node("Add", "h r", "y"));
        Assert.Equal(3, Fused(shared).Nodes.Count);
    }

    [Fact]
    public void A_relu_whose_rule_needs_its_input_stays_apart()
    {
        var graph = Compile.Shaped(Convolution().Node("Relu", "h", "y"));
        Assert.Equal(2, Fused(graph, new LayerRule("Relu", new Rule(RuleKind.ReluBetaSmooth))).Nodes.Count);
        Assert.Single(Fused(graph, new LayerRule("Relu", new Rule(RuleKind.ReluGuidedBackprop))).Nodes);
    }

    [Fact]
    public void A_relu_and_a_pool_keep_their_order()
    {
        var model = Convolution().Node("MaxPool", "h", "p", null, ("kernel_shape", new[] { 2, 2 })).Node("Relu", "p", "y");
        Assert.Equal(["h = Conv 3×3(x, w) [N, 2, 4, 4]", "p = MaxPool 2×2(h) [N, 2, 3, 3]", "y = Relu(p) [N, 2, 3, 3]"], Compile.Dump(Fused(Compile.Shaped(model))));
    }

    [Fact]
    public void Values_behind_a_relu_are_not_negative_until_a_weight_or_an_input_joins()
    {
        var model = new ModelBuilder().Input("x", "N", 2, 4, 4).Output("y", "N", 2, 4, 4).Weight("w", 2, 2, 1, 1)
            .Node("Relu", "x", "r").Node("MaxPool", "r", "p", null, ("kernel_shape", new[] { 1, 1 })).Node("Add", "r p", "s")
            .Node("Concat", "s x", "mixed", null, ("axis", 1)).Node("Concat", "s p", "joined", null, ("axis", 1)).Node("AveragePool", "s", "a", null, ("kernel_shape", new[] { 1, 1 }))
            .Node("Conv", "a w", "c").Node("Add", "c x", "t").Node("Concat", "mixed joined t", "y", null, ("axis", 1));
        var graph = AnalyzeSigns.Run(Compile.Shaped(model));
        Assert.Equal(["a", "joined", "p", "r", "s"], graph.NonNegative.Order());
    }

    private static Graph Fused(Graph graph, params LayerRule[] rules) => FuseRelu.Run(graph, RelevancePlan.Make(graph, Composite.Gradient, rules)).Graph;

    private static ModelBuilder Model() => new ModelBuilder().Input("x", "N", 4).Output("y", "N", 4);

    private static ModelBuilder Convolution() => new ModelBuilder().Input("x", "N", 2, 6, 6).Output("y", "N", 2, 4, 4).Weight("w", 2, 2, 3, 3).Node("Conv", "x w", "h", "conv");

    private static ModelBuilder Norm(ModelBuilder model, string input, string output) => model
        .Weight("scale", 2).Weight("bias", 2).Weight("mean", 2).Weight("var", 2)
        .Node("BatchNormalization", $"{input} scale bias mean var", output, "norm");
}
