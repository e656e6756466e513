using Layerwise.Compiler;
using Layerwise.Kernels;
using Layerwise.Testing;
using Layerwise.Tool;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>What an explainer may be asked to do faster and less exactly: how far its relevance is from the exact one, on trained models.</summary>
public class FasterTests
{
    public static TheoryData<string> Differences => Of("models/squeezenet-fp16", "models/dronet-keras", "models/winml-cifar10-cnn", "goldens/resnet_mini", "goldens/resnet_bottleneck", "goldens/act_silu");

    public static TheoryData<string> Plus => Of("models/resnet50-block", "models/winml-cifar10-cnn", "goldens/vgg_mini");

    public static TheoryData<string> AlphaBeta => Of("models/super-resolution", "goldens/resnet_mini", "goldens/lenet");

    public static TheoryData<string> Gamma => Of("models/dronet-keras", "goldens/resnet_bottleneck", "goldens/act_silu");

    public static MatrixTheoryData<string, string> Rounded => new(["ZPlus", "AlphaBeta", "Gamma"], ["conv", "next"]);

    [Theory]
    [MemberData(nameof(Differences))]
    public void Negative_denominators_by_difference_explain_nearly_alike(string model)
        => AssertAlike(model, Spec("EpsilonAlpha2Beta1"), Spec("EpsilonAlpha2Beta1") with { NegativeByDifference = true }, most: 1e-3, "K.DivideAlphaBeta(");

    [Theory]
    [MemberData(nameof(Plus))]
    public void In_bfloat16_ZPlus_explains_nearly_alike(string model) => AssertAlike(model, Spec("EpsilonPlus"), Spec("EpsilonPlus") with { BFloat16 = true }, most: 1e-2, ".InBFloat16()");

    [Theory]
    [MemberData(nameof(AlphaBeta))]
    public void In_bfloat16_AlphaBeta_explains_nearly_alike(string model)
        => AssertAlike(model, Spec("EpsilonAlpha2Beta1Flat"), Spec("EpsilonAlpha2Beta1Flat") with { BFloat16 = true }, most: 1e-2, ".InBFloat16()");

    [Theory]
    [MemberData(nameof(Gamma))]
    public void In_bfloat16_Gamma_explains_nearly_alike(string model) => AssertAlike(model, Spec("EpsilonGammaBox"), Spec("EpsilonGammaBox") with { BFloat16 = true }, most: 1e-2, ".InBFloat16()");

    /// <summary>Behind a Relu one pass with each half of the weights; an input of either sign has both beside each other.</summary>
    [Theory]
    [MemberData(nameof(Rounded))]
    public void In_bfloat16_a_layer_is_rounded(string rule, string layer)
    {
        Assert.SkipUnless(BFloat16Tensors.WhyNot is null, "This processor does not multiply bfloat16.");
        var apart = ApartBy(Convolution(), "torch", layer, new Compiler.Relevance.Rule(Enum.Parse<Compiler.Relevance.RuleKind>(rule), 1e-6), exact => exact with { BFloat16 = true });
        Assert.InRange(apart, 1e-5, 1e-2);
    }

    /// <summary>
    /// What stands behind the layer is what its relevance is a factor of, and not the output that is taken apart. Relevance lies in memory as that output does
    /// when it comes from a convolution, and as rows when from behind a Flatten.
    /// </summary>
    [Theory]
    [InlineData("torch", false, "conv")]
    [InlineData("torch", false, "next")]
    [InlineData("torch", true, "next")]
    [InlineData("managed", false, "next")]
    public void By_difference_a_layer_before_another_function_explains_nearly_alike(string backend, bool isPortable, string layer)
    {
        OneDnn.IsOff.Value = isPortable;
        var rule = new Compiler.Relevance.Rule(Compiler.Relevance.RuleKind.AlphaBeta, 0.01);
        Assert.InRange(ApartBy(Convolution(beforeSigmoid: layer), backend, layer, rule, exact => exact with { NegativeByDifference = true }), 1e-9, 1e-3);
    }

    [Fact]
    public void What_runs_in_bfloat16_is_said()
    {
        var spec = Emitted.Lrp("EpsilonPlus") with { Backend = "torch", BFloat16 = true };
        using (var net = new Emitted(Convolution(), spec))
        {
            Assert.EndsWith(BFloat16Tensors.WhyNot is { } lacking ? $"float32 in place of bfloat16: {lacking}" : "vectors, bfloat16", net.Network.Kernels, StringComparison.Ordinal);
            using var why = net.Network.Explain([ones(1, 8, 7, 7)], Layerwise.Target.Top, new ExplainOptions { Audit = new() });
            Assert.Equal(BFloat16Tensors.WhyNot is null, why.ToAuditRecord().Execution.Kernels.EndsWith(", bfloat16", StringComparison.Ordinal));
        }

        OneDnn.IsOff.Value = true;
        using var portable = new Emitted(Convolution(), spec);
        Assert.Equal("libtorch's own operators: a test leaves oneDNN alone; float32 in place of bfloat16", portable.Network.Kernels);
    }

    [Theory]
    [InlineData("torch")]
    [InlineData("managed")]
    public void What_has_no_bfloat16_computes_in_float32(string backend)
    {
        var spec = Emitted.Lrp("EpsilonAlpha2Beta1") with { Backend = backend };
        using var scope = NewDisposeScope();
        OneDnn.IsOff.Value = true;
        using var exact = new Emitted(Convolution(), spec);
        using var asked = new Emitted(Convolution(), spec with { BFloat16 = true });
        var x = rand([2, 8, 7, 7], generator: new Generator(1)).sub(0.5);
        using var one = exact.Network.Explain([x], Layerwise.Target.Top, InitialRelevance.Logit);
        using var other = asked.Network.Explain([x], Layerwise.Target.Top, InitialRelevance.Logit);
        Assert.Equal(one.Relevance.data<float>().ToArray(), other.Relevance.data<float>().ToArray());
    }

    [Fact]
    public void Managed_kernels_take_the_difference_as_well()
    {
        var rule = new Compiler.Relevance.Rule(Compiler.Relevance.RuleKind.AlphaBeta, 0.01);
        Assert.All(Enumerable.Range(0, 12), seed =>
        {
            var model = new RandomModel(seed);
            foreach (var backend in Emitted.BackendsOf(model.Model, Emitted.Lrp("EpsilonPlus")))
            {
                var spec = Emitted.Lrp("EpsilonPlus") with { Backend = backend };
                using var exact = new Emitted(model.Model, spec with { Rules = new([new("Linear", rule)]) });
                using var fast = new Emitted(model.Model, spec with { Rules = new([new("Linear", rule with { NegativeByDifference = true })]) });
                using var x = rand([2, .. model.InputShape.Select(d => (long)d)], generator: new Generator((ulong)seed)) * 2 - 0.7;
                using var one = exact.Network.Explain([x], Layerwise.Target.Top, InitialRelevance.Logit);
                using var other = fast.Network.Explain([x], Layerwise.Target.Top, InitialRelevance.Logit);
                Assert.InRange(Apart(other.Relevance, one.Relevance), 0, 1e-3);
            }
        });
    }

    private static TheoryData<string> Of(params string[] models) => [.. SharedFolder.Exists ? models : [SharedFolder.Absent]];

    private static ExplainerSpec Spec(string composite) => new() { ClassName = "Net", Composite = composite, Backend = "torch", GradientOtherwise = true, Low = new([-3]), High = new([3]) };

    // How far the relevance is from the exact one, where one layer is asked to be faster.
    private static double ApartBy(ModelBuilder model, string backend, string layer, Compiler.Relevance.Rule rule, Func<Compiler.Relevance.Rule, Compiler.Relevance.Rule> faster)
    {
        var spec = Emitted.Lrp("EpsilonPlus") with { Backend = backend };
        using var exact = new Emitted(model, spec with { Rules = new([new(layer, rule)]) });
        using var fast = new Emitted(model, spec with { Rules = new([new(layer, faster(rule))]) });
        using var x = rand([2, 8, 7, 7], generator: new Generator(1)).sub_(0.5);
        using var one = exact.Network.Explain([x], Layerwise.Target.Top, InitialRelevance.Logit);
        using var other = fast.Network.Explain([x], Layerwise.Target.Top, InitialRelevance.Logit);
        return Apart(other.Relevance, one.Relevance);
    }

    // Each convolution has a Relu behind it, or one of them a Sigmoid. No number of elements is one of whole vectors.
    private static ModelBuilder Convolution(string? beforeSigmoid = null)
    {
        string Behind(string layer) => layer == beforeSigmoid ? "Sigmoid" : "Relu";
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => ((i * 37 % 101) - 50) / 100f)];
        return new ModelBuilder(opset: 17).Input("x", "N", 8, 7, 7).Output("y", "N", 3)
            .Tensor("w", Numbers(13 * 8 * 9), 13, 8, 3, 3).Tensor("b", Numbers(13), 13).Tensor("u", Numbers(11 * 13 * 9), 11, 13, 3, 3).Tensor("v", Numbers(3 * 99), 3, 99)
            .Node("Conv", "x w b", "c", "conv").Node(Behind("conv"), "c", "h", "inner").Node("Conv", "h u", "d", "next").Node(Behind("next"), "d", "g", "outer")
            .Node("Flatten", "g", "f", "flatten").Node("Gemm", "f v", "y", "fc", ("transB", 1));
    }

    private static void AssertAlike(string model, ExplainerSpec exactly, ExplainerSpec faster, double most, string call)
    {
        Assert.SkipUnless(SharedFolder.Exists, "The shared folder with the models is not here.");
        var path = SharedFolder.At(model, "model.onnx");
        using var scope = NewDisposeScope();
        using var exact = ModelHost.Load(path, null, exactly);
        using var fast = ModelHost.Load(path, null, faster);
        Assert.Contains(call, fast.Compiled.NetworkSource!, StringComparison.Ordinal);
        Assert.DoesNotContain(call, exact.Compiled.NetworkSource!, StringComparison.Ordinal);

        var x = File.Exists(SharedFolder.At(model, "input.npy"))
            ? ReferenceFiles.Load(SharedFolder.At(model, "input.npy"))
            : ReferenceFiles.LoadAll(Directory.GetFiles(SharedFolder.At(model, "reference_fwd"), "in_*.npz")[0])[exact.Network.Inputs[0].Name];
        using var one = exact.Network.Explain([x], Layerwise.Target.Top, InitialRelevance.Logit);
        using var other = fast.Network.Explain([x], Layerwise.Target.Top, InitialRelevance.Logit);
        using var again = fast.Network.Explain([x], Layerwise.Target.Top, InitialRelevance.Logit);
        Assert.True(one.Logits.equal(other.Logits).all().item<bool>(), "The way forward is another.");
        Assert.True(again.Relevance.equal(other.Relevance).all().item<bool>(), "The next call differs.");
        Assert.InRange(Apart(other.Relevance, one.Relevance), 0, most);
    }

    // Relative to the exact one; where that is 0, as where no Relu lets anything through, both must be.
    private static double Apart(Tensor actual, Tensor expected)
        => (actual.sub(expected).norm().item<float>(), expected.norm().item<float>()) is var (difference, norm) && norm > 0 ? difference / norm : difference;
}
