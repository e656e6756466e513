using Layerwise.Testing;
using Layerwise.Tests.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Networks;

/// <summary>Activations and relevance inside a network, relevance that starts there, and concepts.</summary>
public abstract class InnerLayerTests(string backend) : IDisposable
{
    // Two convolutions with a sum around the second one, whose share both branches read from one buffer.
    private readonly Emitted _net = new(
        new ModelBuilder().Input("x", "N", 2, 5, 5).Output("y", "N", 3)
            .Tensor("w1", Numbers(72), 4, 2, 3, 3).Tensor("b1", Numbers(4), 4).Tensor("w2", Numbers(16), 4, 4, 1, 1).Tensor("w3", Numbers(12), 3, 4)
            .Node("Conv", "x w1 b1", "c1", "conv1").Node("Relu", "c1", "h1", "relu1").Node("Conv", "h1 w2", "c2", "conv2").Node("Add", "c2 h1", "s", "add").Node("Relu", "s", "h2", "relu2")
            .Node("GlobalAveragePool", "h2", "p", "pool").Node("Flatten", "p", "f", "flat").Node("Gemm", "f w3", "y", "fc", ("transB", 1)),
        Emitted.Lrp("EpsilonPlus") with { Backend = backend });

    private readonly Tensor _input = tensor(Numbers(100), [2, 2, 5, 5]);

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _input.Dispose();
        _net.Dispose();
    }

    [Fact]
    public void A_layer_tells_its_activation_and_its_relevance()
    {
        var (conv1, pool) = (Layer("conv1"), Layer("pool"));
        using var why = _net.Network.Explain([_input], 1, new ExplainOptions { Keep = [conv1, pool] });
        using var plain = _net.Network.Explain([_input], 1, InitialRelevance.OneHot);

        Assert.Equal([2, 4, 3, 3], why.At(conv1).Activation.shape);
        Assert.Equal([2, 4, 3, 3], why.At(conv1).Relevance!.shape);
        using var mean = why.At(pool).Activation;
        Assert.Equal(0, why.At(conv1).Activation.lt(0).sum().item<long>());
        AssertEqual(plain.Relevance, why.Relevance);
        using var channels = why.At(conv1).RelevanceOfChannels();
        Assert.Equal([2, 4], channels.shape);
        AssertEqual(why.At(conv1).Relevance!.sum([2, 3]), channels);
        Assert.Contains("conv2", Assert.Throws<LayerException>(() => why.At(Layer("conv2"))).Message, StringComparison.Ordinal);
        Assert.Contains("ExplainOptions.Conservation", Assert.Throws<InvalidOperationException>(() => why.Conservation).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Relevance_that_starts_at_a_layer_goes_on_from_there()
    {
        foreach (var name in new[] { "conv1", "conv2", "add", "pool" })
        {
            var layer = Layer(name);
            using var whole = _net.Network.Explain([_input], 2, new ExplainOptions { Keep = [layer] });
            using var rest = _net.Network.Propagate([_input], whole.At(layer).Relevance!, new ExplainOptions { From = layer, Conservation = true });
            Assert.Equal(whole.At(layer).Relevance!.to(ScalarType.Float64)[1].sum().item<double>(), rest.Conservations[1].Target, 1e-5);
            Assert.InRange(Math.Abs(rest.Conservation.Gap), 0, 1e-4 * Math.Abs(rest.Conservation.Target));
            if (name is "add" or "pool")
            {
                AssertEqual(whole.Relevance, rest.Relevance);
            }
        }

        // Both branches of the sum together are the whole.
        using var all = _net.Network.Explain([_input], 2, new ExplainOptions { Keep = [Layer("conv2"), Layer("add")], Conservation = true });
        var shares = all.At(Layer("add")).Given;
        using var one = _net.Network.Propagate([_input], shares[0]!, new ExplainOptions { From = Layer("conv2") });
        using var identity = _net.Network.Propagate([_input], shares[1]!, new ExplainOptions { From = Layer("conv1") });
        AssertEqual(all.Relevance, one.Relevance + identity.Relevance);
    }

    [Fact]
    public void Relevance_under_a_condition_is_a_part_of_the_whole()
    {
        foreach (var name in new[] { "conv1", "conv2", "add" })
        {
            var layer = Layer(name);
            using var whole = _net.Network.Explain([_input], 0, InitialRelevance.Logit);
            using var sum = zeros_like(whole.Relevance);
            for (var channel = 0; channel < 4; channel++)
            {
                using var part = _net.Network.Explain([_input], 0, new ExplainOptions { Initial = InitialRelevance.Logit, Conditions = [new(layer, channel)], Keep = [layer], Conservation = true });
                Assert.Equal(0, part.At(layer).Relevance!.slice(1, 0, channel, 1).abs().sum().item<float>());
                Assert.InRange(Math.Abs(part.Conservation.Gap), 0, 1e-4 * Math.Abs(part.Conservation.Target));
                sum.add_(part.Relevance);
                if (name == "conv2")
                {
                    // What goes around the layer is not under its condition: it is in every part.
                    using var around = _net.Network.Explain([_input], 0, new ExplainOptions { Initial = InitialRelevance.Logit, Conditions = [new(layer, channel), new(layer, (channel + 1) % 4)] });
                    sum.sub_(around.Relevance);
                    sum.add_(around.Relevance, channel == 3 ? 1 : 0);
                }
            }

            AssertEqual(whole.Relevance, sum);
        }
    }

    [Fact]
    public void Conditions_meet()
    {
        var (conv1, add) = (Layer("conv1"), Layer("add"));
        using var both = _net.Network.Explain([_input], 0, new ExplainOptions { Conditions = [new(conv1, 0, 1), new(conv1, 1, 2), new(add, 3)] });
        using var one = _net.Network.Explain([_input], 0, new ExplainOptions { Conditions = [new(conv1, 1), new(add, 3)] });
        AssertEqual(one.Relevance, both.Relevance);
        using var row = _net.Network.Explain([_input], 0, new ExplainOptions { Conditions = [new(conv1, 2), new(conv1, 1) { Axis = 2 }, new(conv1, 0, 2) { Axis = -1 }], Keep = [conv1] });
        using var kept = row.At(conv1).Relevance!.ne(0);
        Assert.Equal(kept[0].sum().item<long>(), kept[0, 2, 1, 0].to(ScalarType.Int64).item<long>() + kept[0, 2, 1, 2].to(ScalarType.Int64).item<long>());
        using var all = _net.Network.Explain([_input], 0, new ExplainOptions { Conditions = [new(conv1, 0, 1, 2, 3)] });
        using var plain = _net.Network.Explain([_input], 0, InitialRelevance.OneHot);
        AssertEqual(plain.Relevance, all.Relevance);
    }

    [Fact]
    public void Relevance_before_a_maximum_starts_where_its_layer_lets_something_through()
    {
        using var net = new Emitted(new ModelBuilder().Input("x", "N", 1, 4).Output("y", "N", 2)
            .Tensor("w", [1f, -1], 2, 1, 1).Tensor("v", [1f, 1, 1, 1, 1, -1, 1, -1], 2, 4)
            .Node("Conv", "x w", "c", "conv").Node("Relu", "c", "h", "relu").Node("MaxPool", "h", "p", "pool", ("kernel_shape", new[] { 2 }), ("strides", new[] { 2 }))
            .Node("Flatten", "p", "f", "flat").Node("Gemm", "f v", "y", "fc", ("transB", 1)),
            Emitted.Lrp("EpsilonPlus") with { Backend = backend });
        var conv = net.Network.Layers.Single(l => l.Name == "conv");
        using var x = tensor(new[] { 1f, -2, 3, 4 }, [1, 1, 4]);
        using var whole = net.Network.Explain([x], 0, new ExplainOptions { Keep = [conv] });
        using var rest = net.Network.Propagate([x], whole.At(conv).Relevance!, new ExplainOptions { From = conv });
        AssertEqual(whole.Relevance, rest.Relevance);
        Assert.Contains("activation of 'conv'", Assert.Throws<LayerException>(() => net.Network.Propagate([x], ones(1, 2, 4), new ExplainOptions { From = conv })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        string Message(Func<IDisposable> call) => Assert.ThrowsAny<ArgumentException>(() => call().Dispose()).Message;
        var conv1 = Layer("conv1");
        Assert.Contains("channel 4", Message(() => _net.Network.Explain([_input], 0, new ExplainOptions { Conditions = [new(conv1, 4)] })), StringComparison.Ordinal);
        Assert.Contains("axis 4", Message(() => _net.Network.Explain([_input], 0, new ExplainOptions { Conditions = [new(conv1, 0) { Axis = 4 }] })), StringComparison.Ordinal);
        Assert.Contains("[2, 4, 3, 3]", Message(() => _net.Network.Propagate([_input], ones(2, 4), new ExplainOptions { From = conv1 })), StringComparison.Ordinal);
        Assert.Contains("activation of 'conv1'", Message(() => _net.Network.Propagate([_input], ones(2, 4, 3, 3), new ExplainOptions { From = conv1 })), StringComparison.Ordinal);
        Assert.Contains("From goes with", Message(() => _net.Network.Explain([_input], 0, new ExplainOptions { From = conv1 })), StringComparison.Ordinal);
        Assert.Contains("none of this network's", Message(() => _net.Network.Explain([_input], 0, new ExplainOptions { Keep = [conv1 with { Name = "other" }] })), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new Condition(conv1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Condition(conv1, -1));
    }

    private Layer Layer(string name) => _net.Network.Layers.Single(l => l.Name == name);

    private static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => MathF.Sin((i * i) + 1) + 0.3f)];

    private static void AssertEqual(Tensor expected, Tensor actual) => Assert.InRange(ReferenceFiles.RelativeDifference(actual, expected), 0, 1e-5);
}

public sealed class InnerLayerTestsOnTorch() : InnerLayerTests(Compiler.Emit.Backend.Torch);

public sealed class InnerLayerTestsOnManaged() : InnerLayerTests(Compiler.Emit.Backend.Managed);
