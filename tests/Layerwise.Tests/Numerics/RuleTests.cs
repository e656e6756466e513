using Layerwise.Compiler;
using Layerwise.Compiler.Relevance;
using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;
using PropagationRule = Layerwise.Compiler.Relevance.Rule;

namespace Layerwise.Tests.Numerics;

/// <summary>Rules outside the linear layers, by hand.</summary>
public sealed class RuleTests
{
    [Theory]
    [InlineData(2f)]
    [InlineData(-7f)]
    public void What_comes_back_to_a_pad_goes_nowhere(float value)
    {
        foreach (var backend in new[] { "torch", "managed" })
        {
            using var net = new Emitted(
                new ModelBuilder(opset: 13).Input("x", "N", 3).Output("y", "N", 1).Tensor("pads", [0L, 1, 0, 1], 4).Tensor("value", [value]).Tensor("w", [5f, 1, 2, 3, 7], 5, 1)
                    .Node("Pad", "x pads value", "p", "pad").Node("MatMul", "p w", "y", "fc"),
                Emitted.Gradient with { Backend = backend });
            using var why = net.Network.Propagate([tensor(new[] { 4f, -5, 6 }, [1, 3])], ones(1, 1));
            Assert.Equal([1f, 2, 3], why.Relevance.data<float>().ToArray());
        }
    }

    [Fact]
    public void A_gate_takes_no_relevance()
    {
        var model = new ModelBuilder().Input("x", "N", 3).Input("g", "N", 3).Output("y", "N", 3).Node("Sigmoid", "g", "s").Node("Mul", "s x", "y", "product");
        using var net = new Emitted(model);
        using var start = tensor(new[] { 1f, 2, 3 }, [1, 3]);
        using var why = net.Network.Propagate([tensor(new[] { 4f, -5, 0 }, [1, 3]), zeros(1, 3)], start);
        Assert.Equal(new[] { 1f, 2, 3 }, why.Relevances[0].data<float>().ToArray());
        Assert.Equal(new[] { 0f, 0, 0 }, why.Relevances[1].data<float>().ToArray());
        Assert.Equal(Rule.SignalTakeAll, net.Network.Layers[^1].Rule);
    }

    [Theory]
    [InlineData("over the number of tokens, at least a little")]
    [InlineData("over the larger of the number and a little")]
    [InlineData("over the number and a little")]
    [InlineData("times one over the number")]
    [InlineData("of shares of the mask")]
    public void A_mean_over_a_mask_shares_relevance_as_the_mean_of_what_it_leaves(string way)
    {
        ModelBuilder Net(long tokens) => new ModelBuilder(opset: 18).Input("x", "N", tokens, 3).Output("y", "N", 2).Tensor("w", Numbers(12), 3, 4).Tensor("fc", Numbers(8), 2, 4).Tensor("axis", [1L], 1).Tensor("last", [2L], 1)
            .Node("MatMul", "x w", "z", "each").Node("Relu", "z", "h", "relu");
        ModelBuilder Head(ModelBuilder model) => model.Node("Gemm", "mean fc", "y", "fc", ("transB", 1));

        var masked = Net(3).IntInput("mask", "N", 3).Tensor("least", [1e-9f]).Node("Unsqueeze", "mask last", "m3", "unsqueeze").Node("Cast", "m3", "m", "cast", ("to", 1));
        masked = way.StartsWith("of", StringComparison.Ordinal)
            ? masked.Node("ReduceSum", "m axis", "n", "count", ("keepdims", 1)).Node("Div", "m n", "share", "share").Node("Mul", "h share", "p", "weigh").Node("ReduceSum", "p axis", "mean", "mean", ("keepdims", 0))
            : masked.Node("Mul", "h m", "p", "mask").Node("ReduceSum", "p axis", "s", "sum", ("keepdims", 0)).Node("ReduceSum", "m axis", "n", "count", ("keepdims", 0));
        masked = way switch
        {
            "over the number of tokens, at least a little" => masked.Node("Clip", "n least", "d", "clip").Node("Div", "s d", "mean", "mean"),
            "over the larger of the number and a little" => masked.Node("Max", "n least", "d", "max").Node("Div", "s d", "mean", "mean"),
            "over the number and a little" => masked.Node("Add", "n least", "d", "plus").Node("Div", "s d", "mean", "mean"),
            "times one over the number" => masked.Node("Reciprocal", "n", "d", "inverse").Node("Mul", "s d", "mean", "mean"),
            _ => masked,
        };
        var spec = Emitted.Lrp("EpsilonPlus");
        using var net = new Emitted(Head(masked), spec);
        using var alone = new Emitted(Head(Net(2).Node("ReduceMean", "h axis", "mean", "mean", ("keepdims", 0))), spec);
        using var x = tensor(new[] { 1f, -2, 3, 40, 50, -60, 2, 1, -1 }, [1, 3, 3]);
        using var mask = tensor(new[] { 1, 0, 1 }, [1, 3]);
        using var left = x.index_select(1, tensor(new[] { 0L, 2 }));

        using var why = net.Network.Explain([x, mask], Target.Class(1), InitialRelevance.Logit);
        using var expected = alone.Network.Explain([left], Target.Class(1), InitialRelevance.Logit);

        Assert.InRange(ReferenceFiles.RelativeDifference(why.Logits, expected.Logits), 0, 1e-6);
        Assert.InRange(ReferenceFiles.RelativeDifference(why.Relevances[0].index_select(1, tensor(new[] { 0L, 2 })), expected.Relevance), 0, 1e-5);
        Assert.All(why.Relevances[0].select(1, 1).data<float>().ToArray(), r => Assert.Equal(0, r));

        static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => ((i * 37 % 11) - 4) / 10f)];
    }

    [Fact]
    public void A_product_without_a_gate_has_no_rule()
    {
        var model = new ModelBuilder().Input("x", "N", 3).Input("g", "N", 3).Output("y", "N", 3).Node("Mul", "g x", "y", "product");
        Assert.Contains("LW0301", Assert.Throws<Tool.ToolException>(() => new Emitted(model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scaling_by_a_constant_passes_relevance_and_a_shift_absorbs_its_share()
    {
        var model = new ModelBuilder().Input("x", "N", 2).Output("y", "N", 2).Tensor("c", [3f, -2], 2).Tensor("d", [1f, 1], 2).Node("Mul", "x c", "h", "scale").Node("Sub", "h d", "y", "shift");
        using var net = new Emitted(model);
        using var x = tensor(new[] { 1f, 2 }, [1, 2]);
        using var start = tensor(new[] { 10f, 10 }, [1, 2]);
        using var why = net.Network.Propagate([x], start);

        // y = 3 − 1 and −4 − 1: of 2, 3 come from x; of −5, −4.
        using var expected = tensor(new[] { 15f, 8 }, [1, 2]);
        Assert.InRange(ReferenceFiles.RelativeDifference(why.Relevance, expected), 0, 1e-5);
    }

    [Fact]
    public void The_proportional_rule_shares_a_maximum_out_over_its_window()
    {
        var model = new ModelBuilder().Input("x", "N", 1, 4).Output("y", "N", 1, 2).Node("MaxPool", "x", "y", "pool", ("kernel_shape", new[] { 2 }), ("strides", new[] { 2 }));
        using var winner = new Emitted(model);
        using var proportional = new Emitted(model, Emitted.Lrp("EpsilonPlus", new LayerRule("MaxPool", new PropagationRule(RuleKind.Proportional))));
        using var x = tensor(new[] { 1f, 3, 2, 2 }, [1, 1, 4]);
        using var start = tensor(new[] { 8f, 6 }, [1, 1, 2]);
        using var one = winner.Network.Propagate([x], start);
        using var all = proportional.Network.Propagate([x], start);
        Assert.Equal(new[] { 0f, 8, 6, 0 }, one.Relevance.data<float>().ToArray());
        Assert.InRange(ReferenceFiles.RelativeDifference(all.Relevance, tensor(new[] { 2f, 6, 3, 3 }, [1, 1, 4])), 0, 1e-5);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public void A_local_response_normalization_shares_by_its_expansion(int size)
    {
        const double Alpha = 1.5, Beta = 0.75, Bias = 1.2;
        double[] x = [0.5, -1, 2, 0.3, 1], start = [1, 2, -1, 0.5, 3];
        var model = new ModelBuilder().Input("x", "N", 5, 1).Output("y", "N", 5, 1).Node("LRN", "x", "y", "lrn", ("size", size), ("alpha", (float)Alpha), ("beta", (float)Beta), ("bias", (float)Bias));
        using var net = new Emitted(model);
        using var why = net.Network.Propagate([tensor(x, [1, 5, 1])], tensor(start, [1, 5, 1]));

        // Binder et al. 2016: y_c expanded around x_c alone.
        var expected = new double[5];
        for (var c = 0; c < 5; c++)
        {
            var (first, last) = (Math.Max(0, c - ((size - 1) / 2)), Math.Min(4, c + (size / 2)));
            var d = Bias + (Alpha / size * Enumerable.Range(first, last - first + 1).Sum(j => x[j] * x[j]));
            var terms = new double[5];
            for (var j = first; j <= last; j++)
            {
                terms[j] = j == c ? x[c] / Math.Pow(Bias + (Alpha / size * x[c] * x[c]), Beta) : -2 * Alpha / size * Beta * x[c] * x[j] * x[j] / Math.Pow(d, Beta + 1);
            }

            var z = terms.Sum();
            for (var j = 0; j < 5; j++)
            {
                expected[j] += terms[j] / (z + (z < 0 ? -1e-6 : 1e-6)) * start[c];
            }
        }

        Assert.InRange(ReferenceFiles.RelativeDifference(why.Relevance, tensor(expected, [1, 5, 1])), 0, 1e-5);
    }

    [Fact]
    public void Deep_Taylor_decomposition_wants_no_positive_bias()
    {
        static ModelBuilder Model(float bias) => new ModelBuilder().Input("x", "N", 2).Output("y", "N", 2).Tensor("w", [1f, -1, 0.5f, 2], 2, 2).Tensor("b", [bias, -1], 2).Node("Gemm", "x w b", "z", "fc").Node("Relu", "z", "y", "act");
        var spec = new ExplainerSpec { ClassName = "Net", Composite = "DeepTaylor", Low = new([0]), High = new([1]) };
        using var net = new Emitted(Model(-0.1f), spec);
        using var why = net.Network.Explain([tensor(new[] { 0.7f, 0.9f }, [1, 2])], 0, InitialRelevance.Logit);
        Assert.True(why.Relevance.min().item<float>() >= 0);
        Assert.Contains("'fc'", Assert.Throws<CompositeException>(() => new Emitted(Model(0.1f), spec)).Message, StringComparison.Ordinal);
        using var without = new Emitted(Model(0.1f), spec with { DropBias = true });
    }

    [Fact]
    public void Deep_Taylor_decomposition_is_of_Relus()
    {
        var model = new ModelBuilder().Input("x", "N", 2).Output("y", "N", 2).Tensor("w", [1f, -1, 0.5f, 2], 2, 2).Node("MatMul", "x w", "z", "fc").Node("Tanh", "z", "y", "act");
        var error = Assert.Throws<Tool.ToolException>(() => new Emitted(model, Emitted.Lrp("DeepTaylor")));
        Assert.Contains("LW0304", error.Message, StringComparison.Ordinal);
        Assert.Contains("Tanh 'act'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nearest")]
    [InlineData("linear")]
    [InlineData("cubic")]
    public void A_resize_keeps_relevance(string mode)
    {
        var model = new ModelBuilder(opset: 18).Input("x", "N", 1, 4).Output("y", "N", 1, 7).Tensor("sizes", new long[] { 7 }, 1)
            .Node("Resize", ["x", "", "", "sizes"], ["y"], "resize", ("mode", mode), ("axes", new[] { 2 }));
        using var net = new Emitted(model);
        using var x = tensor(new[] { 1f, 3, 2, 2.5f }, [1, 1, 4]);
        using var start = net.Network.Predict([x]);
        using var why = net.Network.Propagate([x], start);
        Assert.Equal(start.sum().item<float>(), why.Relevance.sum().item<float>(), 1e-3f);
        Assert.True(why.Relevance.abs().min().item<float>() > 0);
    }
}
