using Layerwise.Compiler;
using Layerwise.Testing;
using Layerwise.Tool;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>What an explainer may be asked to do faster and less exactly: how far its relevance is from the exact one, on trained models.</summary>
public class FasterTests
{
    private static readonly string[] Models =
    [
        "models/squeezenet-fp16", "models/resnet50-block", "models/dronet-keras", "models/paddle-textdir-mobilenetv3", "models/brainchop-meshnet5-3d", "models/dianna-season-cnn1d", "models/winml-cifar10-cnn",
        "models/super-resolution", "goldens/vgg_mini", "goldens/resnet_mini", "goldens/resnet_bottleneck", "goldens/inception_mini", "goldens/conv3d", "goldens/act_silu",
    ];

    public static TheoryData<string> Cases => [.. SharedFolder.Exists ? Models : [SharedFolder.Absent]];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Negative_denominators_by_difference_explain_nearly_alike(string model)
    {
        foreach (var composite in (string[])["EpsilonAlpha2Beta1", "EpsilonAlpha2Beta1Flat"])
        {
            var spec = new ExplainerSpec { ClassName = "Net", Composite = composite, GradientOtherwise = true };
            AssertAlike(model, spec, spec with { NegativeByDifference = true }, most: 1e-3, "K.DivideAlphaBeta(");
        }
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
