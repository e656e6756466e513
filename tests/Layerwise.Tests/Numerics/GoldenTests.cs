using System.Text.Json;
using Layerwise.Compiler;
using Layerwise.Compiler.Relevance;
using Layerwise.Testing;
using Layerwise.Tool;
using TorchSharp;

namespace Layerwise.Tests.Numerics;

/// <summary>Relevance equals what the field's reference tool computed in float64.</summary>
public class GoldenTests
{
    private static readonly string[] Cases =
    [
        "mlp_digits", "lenet", "vgg_mini", "avgpool", "conv_variants", "conv1d_eeg", "conv3d", "resnet_mini", "resnet_bottleneck", "inception_mini",
    ];

    public static TheoryData<string, string, string> Explanations
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var name in SharedFolder.Exists ? Cases : [])
            {
                foreach (var explanation in ReadCase(name).GetProperty("explanations").EnumerateArray().Where(IsOurs))
                {
                    var models = explanation.TryGetProperty("onnx", out var only) ? [only.GetString()!] : new[] { "model.onnx", "model_bn.onnx" };
                    foreach (var model in models.Where(m => File.Exists(SharedFolder.At("goldens", name, m))))
                    {
                        data.Add(name, explanation.GetProperty("id").GetString()!, model);
                    }
                }
            }

            if (data.Count == 0)
            {
                data.Add(SharedFolder.Absent, "", "");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Explanations))]
    public void Relevance_equals_the_reference(string name, string id, string model)
    {
        Assert.SkipUnless(SharedFolder.Exists, "The shared folder with the golden explanations is not here.");
        var explanation = ReadCase(name).GetProperty("explanations").EnumerateArray().Single(e => e.GetProperty("id").GetString() == id);
        string At(string file) => SharedFolder.At("goldens", name, file);

        using var host = ModelHost.Load(At(model), labels: null, Spec(explanation.GetProperty("parameters")));
        using var input = ReferenceFiles.Load(At("input.npy"));
        using var expected = ReferenceFiles.Load(At(explanation.GetProperty("file").GetString()!));
        var initial = explanation.GetProperty("initial_relevance").GetString()!;
        using var why = initial.StartsWith("file", StringComparison.Ordinal)
            ? host.Network.Explain([input], ReferenceFiles.Load(At(initial.Split(' ')[1])))
            : host.Network.Explain([input], Target.PerSample(Targets(explanation)), initial == "logit" ? InitialRelevance.Logit : InitialRelevance.OneHot);

        var tolerance = Math.Max(1e-4, 10 * explanation.GetProperty("f32_run_rel_diff").GetDouble());
        Assert.Equal(expected.shape, why.Relevance.shape);
        Assert.InRange(ReferenceFiles.RelativeDifference(why.Relevance, expected), 0, tolerance);
    }

    private static bool IsOurs(JsonElement explanation)
        => explanation.GetProperty("method").GetString() == "zennit.Gradient"
            && explanation.GetProperty("parameters").GetProperty("composite").GetString() is null or "EpsilonPlus" or "EpsilonPlusFlat";

    private static ExplainerSpec Spec(JsonElement parameters)
    {
        var composite = parameters.GetProperty("composite").GetString();
        var options = parameters.GetProperty("composite_parameters");
        var canonizer = parameters.GetProperty("canonizer").GetString();
        return new ExplainerSpec
        {
            ClassName = "Model",
            Method = composite is null ? "gradient" : "lrp",
            Composite = composite ?? "EpsilonPlus",
            Epsilon = options.TryGetProperty("epsilon", out var epsilon) ? epsilon.GetDouble() : 1e-6,
            DropBias = options.TryGetProperty("zero_params", out var zero) && zero.GetString() == "bias",
            MergeBatchNorm = canonizer is not null,

            // Without its ResNet canonizer the tool does not see residual adds as layers: the gradient passes them.
            Rules = new(canonizer == "ResNetCanonizer" ? [] : [new RuleOverride("Add", new Compiler.Relevance.Rule(RuleKind.Gradient))]),
        };
    }

    private static int[] Targets(JsonElement explanation) => [.. explanation.GetProperty("target").EnumerateArray().Select(t => t.GetInt32())];

    private static JsonElement ReadCase(string name) => JsonDocument.Parse(File.ReadAllText(SharedFolder.At("goldens", name, "case.json"))).RootElement;
}
