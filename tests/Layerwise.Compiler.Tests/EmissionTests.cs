using Layerwise.Compiler.Relevance;
using Layerwise.Testing;

namespace Layerwise.Compiler.Tests;

/// <summary>The emitted text, as its reader gets it.</summary>
public class EmissionTests
{
    [Fact]
    public void A_small_network()
    {
        var compiled = Compile.Network(SmallNet(), new ExplainerSpec { ClassName = "Net", Namespace = "Shop", Backend = "torch" }, labels: "cat\ndog\nno \"horse\" */\n");
        Assert.Empty(compiled.Problems);
        Approved.Match(compiled.NetworkSource!, "Network");
        Approved.Match(compiled.ExplainerSource, "Explainer");
    }

    [Fact]
    public void The_gradient_of_a_small_network()
        => Approved.Match(Compile.Network(SmallNet(), new ExplainerSpec { ClassName = "Net", Method = "gradient" }).NetworkSource!, "Network");

    [Fact]
    public void The_same_model_gives_the_same_text()
        => Assert.Equal(Compile.Network(SmallNet()).NetworkSource, Compile.Network(SmallNet()).NetworkSource);

    [Fact]
    public void A_changed_layer_changes_its_own_block_alone()
    {
        string[] Lines(int pad) => Compile.Network(SmallNet(pad)).NetworkSource!.Split('\n');
        var (before, after) = (Lines(1), Lines(2));
        Assert.Equal(before.Length, after.Length);
        Assert.All(before.Zip(after).Where(l => l.First != l.Second), l => Assert.Matches("multiply-adds|\"[0-9a-f]{64}\"|pad: |/conv2/|/pool/|\\[N, 4, |(H|Z|S|C|R|Argmax)[45] ", l.First));
    }

    [Fact]
    public void Constants_are_named_by_their_layer_and_by_what_they_are_to_it()
    {
        var model = new ModelBuilder(opset: 17).Input("x", "N", 3, 4).Output("y", "N", 4)
            .Weight("norm.weight", 4).Weight("norm.bias", 4).Weight("pos", 3, 4).Tensor("/Constant_2_output_0", [1L], [])
            .Node("LayerNormalization", "x norm.weight norm.bias", "a", "/norm/LayerNormalization").Node("Add", "a pos", "b", "/Add").Node("Gather", "b /Constant_2_output_0", "y", "/Gather", ("axis", 1));
        var source = Compile.Network(model, new ExplainerSpec { ClassName = "Net", Method = "gradient" }).NetworkSource!;
        Assert.Contains("K.LayerNormalization(f.Input, normScale, f.H1, axis: 2, epsilon: 1e-5f, bias: normBias);", source, StringComparison.Ordinal);
        Assert.Contains("K.Sum([f.H1, posAddend], f.H2", source, StringComparison.Ordinal);
        Assert.Contains("K.Gather(f.H2, gather1Indices, f.H3, axis: 1);", source, StringComparison.Ordinal);
    }

    [Fact]
    public void The_types_of_numbers_are_named_once_at_the_head_where_there_are_any()
    {
        const string Using = "using ScalarType = global::TorchSharp.torch.ScalarType;\n";
        var casts = new ModelBuilder().Input("x", "N", 3).Output("y", "N", 3).Node("Cast", "x", "a", "whole", ("to", 7)).Node("Cast", "a", "y", "back", ("to", 1));
        var source = Compile.Network(casts, new ExplainerSpec { ClassName = "Net", Method = "predict" }).NetworkSource!;
        Assert.Contains("K.Cast(f.Input, f.H1, type: ScalarType.Int64);", source, StringComparison.Ordinal);
        Assert.Contains(Using, source, StringComparison.Ordinal);
        Assert.DoesNotContain("TorchSharp", source.Replace(Using, "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("ScalarType", Compile.Network(SmallNet()).NetworkSource, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LRP", "lrp")]
    [InlineData("gradienttimesinput", "gradientTimesInput")]
    [InlineData("GradientTimesInput", "gradientTimesInput")]
    public void The_rules_name_their_method_in_one_way_however_it_was_asked_for(string asked, string written)
    {
        var source = Compile.Network(SmallNet(), new ExplainerSpec { ClassName = "Net", Method = asked }).NetworkSource!;
        Assert.Matches($"RuleSet Rules (.*\\n){{2}} +Method: \"{written}\",", source);
    }

    [Fact]
    public void An_output_beside_the_first_is_named_by_its_layer_and_by_what_it_is()
    {
        var model = new ModelBuilder(opset: 18).Input("x", "N", 8).Output("y", "N", 4)
            .Node("Split", ["x"], ["signal", "gate"], "/Split", ("axis", 1), ("num_outputs", 2)).Node("Cos", "gate", "open", "/Cos").Node("Mul", "gate open", "product", "/Mul").Node("Add", "signal product", "y", "/Add");
        var source = Compile.Network(model, new ExplainerSpec { ClassName = "Net", Method = "gradient" }).NetworkSource!;
        Assert.Contains("K.Split(f.Input, [f.H1, f.H1Part2], axis: 1);", source, StringComparison.Ordinal);
        Assert.Contains("K.Sum([f.G1Part2a, f.G1Part2b], f.G1Part2);", source, StringComparison.Ordinal);
        Assert.Contains("// A letter behind n tells apart what several layers that read Hn give back.\n", source, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dilation_is_written_where_the_kernel_has_elements_to_move_apart()
    {
        var model = new ModelBuilder().Input("x", "N", 2, 6, 5).Output("y").Weight("w", 3, 2, 1, 1).Weight("v", 3, 3, 1, 2)
            .Node("Conv", "x w", "a", "/first", ("dilations", new[] { 2, 2 })).Node("Conv", "a v", "y", "/second", ("dilations", new[] { 2, 2 }));
        var source = Compile.Network(model, new ExplainerSpec { ClassName = "Net", Method = "gradient" }).NetworkSource!;
        Assert.Equal(2, source.Split("dilation: ").Length);
        Assert.Contains("dilation: [1, 2]", source, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_without_a_bias_is_made_of_its_weight_alone()
    {
        var model = new ModelBuilder().Input("x", "N", 2, 6).Output("y").Weight("w", 3, 2, 3).Weight("v", 12, 2)
            .Node("Conv", "x w", "a", "/conv").Node("Flatten", "a", "b", "/Flatten").Node("MatMul", "b v", "y", "/fc");
        var source = Compile.Network(model, new ExplainerSpec { ClassName = "Net", Method = "gradient" }).NetworkSource!;
        Assert.Contains(" = new(weights.Read(\"w\", [3, 2, 3]));", source, StringComparison.Ordinal);
        Assert.Contains(" = new(weights.Read(\"v\", [12, 2]).Transpose([1, 0]));", source, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_computed_on_the_way_back_that_comes_to_no_input()
    {
        // The first states are zeros, as many as there are samples.
        var model = new ModelBuilder().Input("x", "N", 3, 4).Output("y", "N", 2).Weight("w", 1, 8, 4).Weight("r", 1, 8, 2)
            .Tensor("one", [1L], 1).Tensor("two", [2L], 1).Tensor("zero", [0L], 1)
            .Node("Shape", "x", "s").Node("Gather", "s zero", "n").Node("Concat", "one n two", "size", null, ("axis", 0)).Node("ConstantOfShape", "size", "first", "first")
            .Node("Transpose", "x", "t", "turn", ("perm", new[] { 1, 0, 2 }))
            .Node("LSTM", ["t", "w", "r", "", "", "first", "first"], ["", "last"], "lstm", ("hidden_size", 2)).Node("Squeeze", "last zero", "y", "y");
        var compiled = Compile.Network(model, new ExplainerSpec { ClassName = "Net", Method = "gradient" });
        Assert.Empty(compiled.Problems);
        var source = compiled.NetworkSource!;
        Assert.Contains("// 3 lstm · LSTM 2 · [3, 1, N, 2] → [3, N, 4]\n", source, StringComparison.Ordinal);
        Assert.Contains(".Back(f.H2, f.G2, last: f.G3Last, first: f.H1, firstCell: f.H1);", source, StringComparison.Ordinal);
        Assert.DoesNotContain("f.G1", source, StringComparison.Ordinal);
        Assert.DoesNotContain("TargetFree", source, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_rule_says_what_it_does() => Assert.All(Enum.GetValues<RuleKind>(), kind => Assert.NotEmpty(RuleMeaning.Of(kind)));

    /// <summary>Conv + BatchNormalization + Relu, a residual sum, a pool, a dense layer and a Softmax.</summary>
    private static ModelBuilder SmallNet(int pad = 1) => new ModelBuilder()
        .Input("picture", "N", 3, 8, 8)
        .Output("probabilities", "N", 3)
        .Weight("conv1.weight", 4, 3, 3, 3)
        .Weight("bn1.scale", 4).Weight("bn1.bias", 4).Weight("bn1.mean", 4).Tensor("bn1.var", [1f, 2, 3, 4], 4)
        .Weight("branch.weight", 4, 4, 3, 3).Weight("branch.bias", 4)
        .Weight("conv2.weight", 4, 4, 3, 3).Weight("conv2.bias", 4)
        .Weight("fc.weight", 3, 4).Weight("fc.bias", 3)
        .Node("Conv", "picture conv1.weight", "c1", "/conv1/Conv", ("pads", new[] { 1, 1, 1, 1 }))
        .Node("BatchNormalization", "c1 bn1.scale bn1.bias bn1.mean bn1.var", "b1", "/bn1/BatchNormalization")
        .Node("Relu", "b1", "h1", "/relu1/Relu")
        .Node("Conv", "h1 branch.weight branch.bias", "c2", "/block/branch/Conv", ("pads", new[] { 1, 1, 1, 1 }))
        .Node("Add", "c2 h1", "sum", "/block/Add")
        .Node("Relu", "sum", "h2", "/block/relu/Relu")
        .Node("Conv", "h2 conv2.weight conv2.bias", "c3", "/conv2/Conv", ("pads", new[] { pad, pad, pad, pad }), ("strides", new[] { 2, 2 }))
        .Node("MaxPool", "c3", "p", "/pool/MaxPool", ("kernel_shape", new[] { 2, 2 }), ("strides", new[] { 2, 2 }))
        .Node("GlobalAveragePool", "p", "mean", "/avg/GlobalAveragePool")
        .Node("Flatten", "mean", "features", "/Flatten")
        .Node("Gemm", "features fc.weight fc.bias", "logits", "/fc/Gemm", ("transB", 1))
        .Node("Softmax", "logits", "probabilities", "/Softmax", ("axis", 1));
}
