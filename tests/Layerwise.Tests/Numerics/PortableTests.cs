using System.Diagnostics.Tracing;
using Layerwise.Conformance;
using Layerwise.Kernels;
using Layerwise.Runtime;
using Layerwise.Testing;
using Layerwise.Tool;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>Where oneDNN's convolutions are not to be had, libtorch's own operators give the same relevance.</summary>
public class PortableTests
{
    [Theory]
    [InlineData("conv_variants")]
    [InlineData("mobilenet_mini")]
    [InlineData("resnet_mini")]
    [InlineData("vgg_mini")]
    public void Explanations_equal_the_reference(string name)
    {
        Assert.SkipUnless(SharedFolder.Exists, "The shared folder with the golden explanations is not here.");
        OneDnn.IsOff.Value = true;
        var outcomes = GoldenRunner.Run([.. Golden.Of(SharedFolder.At("goldens"), name, method: null)], "torch", CPU, TextWriter.Null);
        Assert.False(OneDnn.IsAvailable);
        Assert.DoesNotContain(outcomes, o => o.Status == "failed");
        Assert.Contains(outcomes, o => o.Status == "passed");
    }

    [Theory]
    [InlineData("EpsilonPlusFlat")]
    [InlineData("EpsilonGammaBox")]
    [InlineData("EpsilonAlpha2Beta1Flat")]
    public void Relevance_is_that_of_the_fast_path(string composite)
    {
        Assert.SkipUnless(OneDnn.IsAvailable, "This machine has the portable path alone.");
        var spec = Emitted.Lrp(composite) with { Backend = "torch", Low = new([-3]), High = new([3]) };
        string[] models = [.. Directory.EnumerateFiles(Path.Combine(SharedFolder.RepositoryRoot, "models"), "silhouettes-*.onnx"), .. Shared("vgg_mini", "resnet_mini", "mobilenet_mini", "conv_variants")];
        Assert.All(models, model =>
        {
            using var scope = NewDisposeScope();
            using var fast = ModelHost.Load(model, labels: null, spec);
            var x = rand([2, .. fast.Network.Inputs[0].Sample], generator: new Generator(3)).mul(2).sub(0.7);
            var quick = fast.Network.Explain([x], Layerwise.Target.Class(1), InitialRelevance.Logit);
            OneDnn.IsOff.Value = true;
            using var portable = ModelHost.Load(model, labels: null, spec);
            var slow = portable.Network.Explain([x], Layerwise.Target.Class(1), InitialRelevance.Logit);
            Assert.Equal("libtorch's own operators: a test leaves oneDNN alone", portable.Network.Kernels);
            OneDnn.IsOff.Value = false;
            Assert.Equal($"oneDNN and kernels in C#, {Lanes.Bits}-bit vectors", fast.Network.Kernels);
            var apart = quick.Relevance.sub(slow.Relevance).norm().div(slow.Relevance.norm()).item<float>();
            Assert.True(apart <= 1e-4f, $"{Path.GetFileName(Path.GetDirectoryName(model))}/{Path.GetFileName(model)}: {apart}");
        });
    }

    [Fact]
    public void What_it_runs_on_is_said_when_it_is_loaded()
    {
        using var said = new Listener();
        using var managed = new Emitted(Dense(), Emitted.Lrp("EpsilonPlus") with { Backend = "managed" });
        Network.Create(Weights.Open(managed.ModelPath), _ => managed.Network);
        Assert.Equal($"kernels in C#, {Lanes.Bits}-bit vectors", managed.Network.Kernels);
        Assert.Contains($"{managed.ModelPath}: {managed.Network.Kernels}", said.Lines);
    }

    private static ModelBuilder Dense() => new ModelBuilder(opset: 17).Input("x", ["N", 2]).Tensor("w", [1f, 2, 3, 4], 2, 2).Node("MatMul", "x w", "y", "fc").Output("y", ["N", 2]);

    private static IEnumerable<string> Shared(params string[] cases) => SharedFolder.Exists ? cases.Select(name => SharedFolder.At("goldens", name, "model.onnx")).Where(File.Exists) : [];

    private sealed class Listener : EventListener
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = [];

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Layerwise")
            {
                EnableEvents(eventSource, EventLevel.Informational);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventSource.Name == "Layerwise")
            {
                Lines.Enqueue($"{eventData.Payload![0]}: {eventData.Payload[1]}");
            }
        }
    }
}
