using Layerwise.Kernels;
using Layerwise.Testing;
using Layerwise.Tool;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Networks;

/// <summary>The first calls of a network lay its weights out: also when they come all at once.</summary>
public sealed class ColdStartTests
{
    [Theory]
    [InlineData("mobilenet_mini")]
    [InlineData("resnet_mini")]
    [InlineData("input_norm")]
    public async Task First_calls_at_once_get_what_a_later_one_gets(string name)
    {
        Assert.SkipUnless(SharedFolder.Exists, "The shared folder with the golden explanations is not here.");
        var path = SharedFolder.At("goldens", name, "model.onnx");
        var spec = Emitted.Lrp("EpsilonAlpha2Beta1Flat") with { Backend = "torch" };
        var compiled = ModelHost.Compile(path, labels: null, spec);
        using var assembly = NetworkAssembly.Build(compiled);
        for (var round = 0; round < 15; round++)
        {
            using var weights = Weights.Open(path, threads: 1);
            using var network = assembly.Create(compiled, weights);
            using var x = rand([1, .. network.Inputs[0].Sample], generator: new Generator(7));
            using var together = new Barrier(4);
            var first = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    together.SignalAndWait();
                    return Relevance();
                },
                TaskCreationOptions.LongRunning)));
            var later = Relevance();
            Assert.All(first, relevance => Assert.Equal(later, relevance));

            float[] Relevance()
            {
                using var why = network.Explain([x], Layerwise.Target.Class(1), InitialRelevance.Logit);
                return [.. why.Relevance.contiguous().data<float>()];
            }
        }
    }
}
