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
        Assert.All(before.Zip(after).Where(l => l.First != l.Second), l => Assert.Matches("multiply-adds|\"[0-9a-f]{64}\"|pad: |/conv2/|/pool/|\\[N, 4, |(H|Z|S|C|R|At)[45] ", l.First));
    }

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
