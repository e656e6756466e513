using Layerwise.Compiler;
using Layerwise.Compiler.Manifest;
using Layerwise.Compiler.Ops;
using Layerwise.Testing;
using Layerwise.Tool;

namespace Layerwise.Tests.Numerics;

/// <summary>The emitted networks compute what the models compute elsewhere.</summary>
public class ForwardTests
{
    private const double Tolerance = 1e-4;

    private static readonly ExplainerSpec Spec = new() { ClassName = "Model", Method = "predict", Backend = Compiler.Emit.Backend.Torch };

    public static TheoryData<string> Goldens => [.. SharedFolder.Files("goldens", "model*.onnx").Where(InOperatorSet)];

    public static TheoryData<string> Models => [.. SharedFolder.Files("models", "*.onnx").Where(model => InOperatorSet(model) && (model == SharedFolder.Absent || Directory.Exists(References(model))))];

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Golden_networks_give_their_stored_logits(string model)
    {
        Assert.SkipUnless(SharedFolder.Exists, "The shared folder with the golden networks is not here.");
        var folder = Path.GetDirectoryName(SharedFolder.At(model))!;
        using var host = ModelHost.Load(SharedFolder.At(model), labels: null, Spec);
        using var stored = ReferenceFiles.Load(Path.Combine(folder, host.Network.Inputs[0].IsFloat ? "input.npy" : "ids.npy"));
        using var input = stored.to(host.Network.Inputs[0].Type);
        using var expected = ReferenceFiles.Load(Path.Combine(folder, "output.npy"));
        using var actual = host.Network.Predict(input);
        Assert.InRange(ReferenceFiles.RelativeDifference(actual, expected), 0, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Real_models_give_their_stored_outputs(string model) => AssertOutputs(model, Spec);

    [Theory]
    [MemberData(nameof(Models))]
    public void Real_models_give_their_stored_outputs_by_managed_kernels(string model)
    {
        var spec = Spec with { Backend = Compiler.Emit.Backend.Managed };
        Assert.SkipWhen(SharedFolder.Exists && ModelHost.Compile(SharedFolder.At(model), labels: null, spec).Problems is [{ Id: "LW0207" }], "The managed backend lacks kernels for it.");
        AssertOutputs(model, spec);
    }

    private static void AssertOutputs(string model, ExplainerSpec spec)
    {
        Assert.SkipUnless(SharedFolder.Exists, "The shared folder with the models is not here.");
        var folder = References(model);
        using var host = ModelHost.Load(SharedFolder.At(model), labels: null, spec);
        var inputs = Directory.GetFiles(folder, "in_*.npz");
        Assert.NotEmpty(inputs);
        foreach (var file in inputs)
        {
            var given = ReferenceFiles.LoadAll(file);
            var expected = ReferenceFiles.LoadAll(file.Replace("in_", "out_", StringComparison.Ordinal));
            using var actual = host.Network.Predict([.. host.Network.Inputs.Select(i => given[i.Name].to(i.Type))]);
            Assert.InRange(ReferenceFiles.RelativeDifference(actual, expected[host.Compiled.Outputs[0].Name]), 0, Tolerance);
        }
    }

    private static string References(string model) => Path.Combine(Path.GetDirectoryName(SharedFolder.At(model))!, "reference_fwd");

    /// <summary>Whether all of the model's operators are supported, so that it must work.</summary>
    private static bool InOperatorSet(string model)
        => model == SharedFolder.Absent || ManifestParser.Parse(ModelHost.Manifest(SharedFolder.At(model), labels: null)).Nodes.All(GraphReader.IsSupported);
}
