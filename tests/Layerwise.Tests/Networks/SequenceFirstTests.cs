using Layerwise.Compiler;
using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Networks;

/// <summary>Networks whose first dimension counts steps rather than samples, as PyTorch exports recurrent layers.</summary>
public sealed class SequenceFirstTests
{
    private static ModelBuilder Model => new ModelBuilder(opset: 14)
        .Input("x", "T", 1, 2).Output("y", 1, 3)
        .Tensor("w", [.. Enumerable.Range(0, 24).Select(i => MathF.Sin(i))], 1, 12, 2)
        .Tensor("r", [.. Enumerable.Range(0, 36).Select(i => MathF.Cos(i))], 1, 12, 3)
        .Tensor("first", new long[] { 0 }, 1)
        .Node("LSTM", ["x", "w", "r"], ["", "h"], "lstm", ("hidden_size", 3))
        .Node("Squeeze", "h first", "y", "last");

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    public void Any_number_of_steps_is_predicted(int steps)
    {
        using var net = new Emitted(Model, new ExplainerSpec { ClassName = "Net", Method = "predict" });
        using var runtime = new OnnxRuntime.Runtime(Model.ToArray());
        using var x = arange(2 * steps, ScalarType.Float32).sin().reshape(steps, 1, 2);
        using var y = net.Network.Predict([x]);
        Assert.InRange(Numerics.ReferenceFiles.RelativeDifference(y, runtime.Run(new Dictionary<string, Tensor> { ["x"] = x })[0]), 0, 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Any_number_of_steps_is_explained(int steps)
    {
        using var net = new Emitted(Model, Emitted.Gradient);
        using var x = arange(2 * steps, ScalarType.Float32).sin().reshape(steps, 1, 2);
        using var why = net.Network.Explain([x], 1, InitialRelevance.OneHot);
        Assert.Equal(x.shape, why.Relevance.shape);
        const float Step = 1e-2f;
        for (var i = 0; i < 2 * steps; i++)
        {
            using var direction = zeros_like(x);
            direction.flatten()[i] = Step;
            using var up = net.Network.Predict([x + direction]);
            using var down = net.Network.Predict([x - direction]);
            Assert.Equal((up[0, 1] - down[0, 1]).item<float>() / (2 * Step), why.Relevance.flatten()[i].item<float>(), 1e-3f);
        }
    }
}
