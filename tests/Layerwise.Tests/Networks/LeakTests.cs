using Layerwise.Kernels;
using Layerwise.Testing;
using Layerwise.Tool;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Networks;

/// <summary>A call leaves no tensor to the garbage collector: what that frees later stands in the way of what the next calls allocate.</summary>
public sealed class LeakTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            string[] golden = SharedFolder.Exists ? Directory.GetDirectories(SharedFolder.At("goldens")) : [];
            string[] models = [.. Directory.GetFiles(Path.Combine(SharedFolder.RepositoryRoot, "models"), "*.onnx"), .. golden.Select(folder => Path.Combine(folder, "model.onnx")).Where(File.Exists)];
            foreach (var model in models.Select(path => Path.GetRelativePath(SharedFolder.RepositoryRoot, path)).Order(StringComparer.Ordinal))
            {
                cases.Add(model, "EpsilonPlusFlat");
                cases.Add(model, "EpsilonGammaBox");
                cases.Add(model, "EpsilonAlpha2Beta1Flat");
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_explanation_leaves_no_tensor_behind(string model, string composite)
    {
        var spec = Emitted.Lrp(composite) with { Backend = "torch", Low = new([-3]), High = new([3]), GradientOtherwise = true };
        foreach (var isPortable in new[] { false, true })
        {
            OneDnn.IsOff.Value = isPortable;
            using var host = ModelHost.Load(Path.Combine(SharedFolder.RepositoryRoot, model), labels: null, spec);
            using var scope = NewDisposeScope();
            var inputs = host.Network.Inputs.Select(input => rand([2, .. input.Sample]).to(input.Type)).ToArray();
            Explain();
            var before = scope.DisposablesCount;
            Explain();
            var left = scope.DisposablesView.Skip(before).OfType<Tensor>().Select(t => t.IsInvalid ? "freed" : $"[{string.Join(", ", t.shape)}]").ToList();
            Assert.True(left.Count == 0, $"{(isPortable ? "portable" : "fast")}: {string.Join(" ", left)}");

            void Explain()
            {
                using var explanation = host.Network.Explain(inputs, Layerwise.Target.Class(1), InitialRelevance.Logit);
                using var prediction = host.Network.Predict(inputs);
            }
        }

        OneDnn.IsOff.Value = false;
    }
}
