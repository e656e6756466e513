using Layerwise.Compiler;
using Layerwise.Testing;
using Layerwise.Tool;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>Trained models of several kinds, explained by every composite: relevance is finite and adds up as their tables say.</summary>
public class RealModelTests
{
    /// <summary>Fire modules; residuals; depthwise layers with gates; several outputs; volumes; signals; local responses; depthwise residuals.</summary>
    private static readonly string[] Models =
    [
        "models/squeezenet-fp16", "models/resnet50-block", "models/dronet-keras", "models/paddle-textdir-mobilenetv3", "models/brainchop-meshnet5-3d", "models/dianna-season-cnn1d",
        "goldens/alexnet_lrn", "goldens/mobilenet_mini", "goldens/resnet_bottleneck", "goldens/conv1d_eeg", "goldens/conv3d",
    ];

    private static readonly string[] Conserving = ["EpsilonPlus", "EpsilonPlusFlat", "EpsilonGammaBox", "EpsilonAlpha2Beta1", "EpsilonAlpha2Beta1Flat", "ExcitationBackprop", "DeepTaylor"];
    private static readonly string[] Derivatives = ["DeconvNet", "GuidedBackprop", "BetaSmooth"];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var model in SharedFolder.Exists ? Models : [SharedFolder.Absent])
            {
                foreach (var composite in (string[])[.. Conserving, .. Derivatives])
                {
                    data.Add(model, composite);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Relevance_is_finite_and_adds_up(string model, string composite)
    {
        Assert.SkipUnless(SharedFolder.Exists, "The shared folder with the models is not here.");
        var path = SharedFolder.At(model, "model.onnx");
        var spec = new ExplainerSpec { ClassName = "Net", Composite = composite, Low = new([-4]), High = new([4]), DropBias = composite == "DeepTaylor" };
        var problems = ModelHost.Compile(path, null, spec).Problems;
        if (problems.FirstOrDefault(p => p.Id == "LW0304") is { } precondition)
        {
            Assert.Equal("DeepTaylor", composite);
            Assert.Contains("this network has", precondition.Message, StringComparison.Ordinal);
            return;
        }

        using var host = ModelHost.Load(path, null, spec);
        using var scope = NewDisposeScope();
        var given = File.Exists(SharedFolder.At(model, "input.npy"))
            ? ReferenceFiles.Load(SharedFolder.At(model, "input.npy"))
            : ReferenceFiles.LoadAll(Directory.GetFiles(SharedFolder.At(model, "reference_fwd"), "in_*.npz")[0])[host.Network.Inputs[0].Name];
        var conserving = Conserving.Contains(composite);
        var layers = host.Network.Layers.Where(l => l.Leak is not null).ToList();
        using var why = host.Network.Explain([given], Target.Top, new ExplainOptions { Initial = InitialRelevance.Logit, Conservation = conserving, Keep = layers });
        Assert.True(why.Relevance.isfinite().all().item<bool>());
        if (!conserving)
        {
            return;
        }

        // Rounding is of the size of what is added.
        var balance = why.Conservation;
        var conserved = balance.Layers.Where(l => l.Layer.Leak != Leak.Unbounded).ToList();
        Assert.All(conserved, layer => Assert.InRange(Math.Abs(layer.Gap), 0, 1e-5 * why.At(layer.Layer).Relevance![0].abs().sum().item<float>()));
        Assert.InRange(Math.Abs(balance.Gap - balance.Layers.Except(conserved).Sum(l => l.Gap)), 0, 1e-4 * Math.Abs(balance.Target));
        Assert.True(composite == "ExcitationBackprop" || conserved.Count == balance.Layers.Count, "A layer of a network of Relus, pools and linear layers does not conserve relevance.");
    }
}
