using CsCheck;
using Layerwise.Compiler;
using Layerwise.Compiler.Relevance;
using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>What holds for every network and input.</summary>
public abstract class LawTests(string backend)
{
    private const int Iterations = 20;

    // Thousandths: float32's smallest numbers are below what a stabilizer keeps.
    private static readonly Gen<float> Number = Gen.Int[-1000, 1000].Select(i => i / 1000f);
    private static readonly Gen<float[]> Pictures = Number.Array[3 * 2 * 6 * 6];

    [Theory]
    [InlineData("EpsilonPlus")]
    [InlineData("EpsilonPlusFlat")]
    [InlineData("gradient")]
    public void A_batch_is_its_samples(string method)
    {
        using var net = Emit(Residual(bias: true), Spec(method));

        // A derivative that starts with a logit has the logit's own rounding in every number; a rule divides by it again.
        var initial = method is "gradient" or "BetaSmooth" ? InitialRelevance.OneHot : InitialRelevance.Logit;
        Pictures.Sample(
            values =>
            {
                using var batch = tensor(values, [3, 2, 6, 6]);
                if (!IsAwayFromZero(net, batch))
                {
                    return;
                }

                using var why = net.Network.Explain([batch], Target.Class(1), initial);
                for (var i = 0; i < 3; i++)
                {
                    using var alone = net.Network.Explain([batch.narrow(0, i, 1)], Target.Class(1), initial);
                    AssertClose(alone.Relevance[0], why.Relevance[i]);
                }
            },
            iter: Iterations, threads: 1);
    }

    [Fact]
    public void Relevance_is_linear_in_what_it_starts_with()
    {
        using var net = Emit(Residual(bias: true));
        Gen.Select(Pictures, Gen.Int[1, 100].Select(i => i / 10f), Number.Array[9]).Sample(
            (values, factor, start) =>
            {
                using var batch = tensor(values, [3, 2, 6, 6]);
                using var logits = net.Network.Predict([batch]);
                using var r = logits * tensor(start, [3, 3]);
                using var once = net.Network.Propagate([batch], r);
                using var scaled = net.Network.Propagate([batch], r * factor);
                AssertClose(once.Relevance * factor, scaled.Relevance);
            },
            iter: Iterations, threads: 1);
    }

    [Fact]
    public void A_multiple_of_a_function_has_the_multiple_of_its_relevance()
    {
        using var net = new Emitted(Residual(bias: true));
        using var fourfold = new Emitted(Residual(bias: true, last: 4));
        Pictures.Sample(
            values =>
            {
                using var batch = tensor(values, [3, 2, 6, 6]);
                if (!IsAwayFromZero(net, batch))
                {
                    return;
                }

                using var one = net.Network.Explain([batch], Target.Class(2), InitialRelevance.Logit);
                using var four = fourfold.Network.Explain([batch], Target.Class(2), InitialRelevance.Logit);
                AssertClose(one.Relevance * 4, four.Relevance, 1e-3);
            },
            iter: Iterations, threads: 1);
    }

    [Theory]
    [InlineData("EpsilonPlus")]
    [InlineData("EpsilonPlusFlat")]
    public void Relevance_is_conserved_without_biases(string composite)
    {
        using var net = Emit(Residual(bias: false), Spec(composite));
        Pictures.Sample(
            values =>
            {
                using var batch = tensor(values, [3, 2, 6, 6]);
                using var why = net.Network.Explain([batch], Target.Top, InitialRelevance.Logit);
                for (var i = 0; i < 3; i++)
                {
                    var logit = why.Logits[i, why.Target[i]].item<float>();

                    // What a stabilizer of 1e-6 takes from denominators of this net's size.
                    Assert.InRange(Math.Abs(why.Relevance[i].sum().item<float>() - logit), 0, 1e-3 * (Math.Abs(logit) + 0.1));
                }
            },
            iter: Iterations, threads: 1);
    }

    [Fact]
    public void Relevance_without_a_negative_start_is_not_negative_under_ZPlus()
    {
        using var net = Emit(Residual(bias: true), Emitted.Lrp("EpsilonPlus", new LayerRule("Gemm", new Compiler.Relevance.Rule(RuleKind.ZPlus)), new LayerRule("Add", new Compiler.Relevance.Rule(RuleKind.Gradient))));
        Pictures.Sample(
            values =>
            {
                using var batch = tensor(values, [3, 2, 6, 6]);
                using var why = net.Network.Explain([batch], Target.Class(0), InitialRelevance.OneHot);
                Assert.True(why.Relevance.min().item<float>() >= 0);
            },
            iter: Iterations, threads: 1);
    }

    [Fact]
    public void Epsilon_on_a_dense_net_without_biases_is_input_times_gradient()
    {
        var model = new ModelBuilder().Input("x", "N", 5).Output("y", "N", 3)
            .Tensor("w1", Numbers(40), 8, 5).Tensor("w2", Numbers(24), 3, 8)
            .Node("Gemm", "x w1", "z", "fc1", ("transB", 1)).Node("Relu", "z", "h").Node("Gemm", "h w2", "y", "fc2", ("transB", 1));
        using var lrp = Emit(model, Spec("EpsilonPlus") with { Epsilon = 1e-12 });
        using var gradient = Emit(model, Emitted.Gradient);
        Number.Array[5].Sample(
            values =>
            {
                using var x = tensor(values, [1, 5]);
                using var r = lrp.Network.Explain([x], Target.Class(2), InitialRelevance.Logit);
                using var g = gradient.Network.Explain([x], Target.Class(2), InitialRelevance.OneHot);
                AssertClose(g.Relevance * x, r.Relevance);
            },
            iter: Iterations, threads: 1);
    }

    [Theory]
    [InlineData("EpsilonGammaBox")]
    [InlineData("EpsilonAlpha2Beta1")]
    [InlineData("ExcitationBackprop")]
    [InlineData("GuidedBackprop")]
    public void Relevance_is_linear_in_what_it_starts_with_under_each_rule_but_those_that_clip(string composite)
    {
        using var net = Emit(Residual(bias: true), Spec(composite));
        Gen.Select(Pictures, Gen.Int[1, 100].Select(i => i / 10f)).Sample(
            (values, factor) =>
            {
                using var batch = tensor(values, [3, 2, 6, 6]);
                using var logits = net.Network.Predict([batch]);
                using var r = logits.abs();
                using var once = net.Network.Propagate([batch], r);
                using var scaled = net.Network.Propagate([batch], r * factor);
                AssertClose(once.Relevance * factor, scaled.Relevance);
            },
            iter: Iterations, threads: 1);
    }

    [Fact]
    public void Alpha_one_and_beta_zero_is_ZPlus()
    {
        using var alpha = Emit(Residual(bias: true), Linear(new(RuleKind.AlphaBeta) { Alpha = 1, Beta = 0 }));
        using var plus = Emit(Residual(bias: true), Linear(new(RuleKind.ZPlus)));
        Same(alpha, plus);
    }

    [Fact]
    public void Gamma_tends_to_ZPlus_where_outputs_are_positive()
    {
        // Behind each layer a Relu, so that only positive outputs have relevance.
        ModelBuilder Net() => new ModelBuilder().Input("x", "N", 2, 6, 6).Output("y", "N", 4, 2, 2)
            .Tensor("w1", Numbers(72), 4, 2, 3, 3).Tensor("w2", Numbers(144), 4, 4, 3, 3)
            .Node("Conv", "x w1", "c1", "conv1").Node("Relu", "c1", "h1").Node("Conv", "h1 w2", "c2", "conv2").Node("Relu", "c2", "y");
        using var plus = Emit(Net(), Linear(new(RuleKind.ZPlus)));
        var errors = new[] { 1e1, 1e3, 1e5 }.Select(gamma =>
        {
            using var net = Emit(Net(), Linear(new(RuleKind.Gamma) { Gamma = gamma }));
            using var batch = tensor(Numbers(3 * 72), [3, 2, 6, 6]);
            using var r = net.Network.Predict([batch]);
            using var one = net.Network.Propagate([batch], r);
            using var other = plus.Network.Propagate([batch], r);
            return ReferenceFiles.RelativeDifference(one.Relevance, other.Relevance);
        }).ToArray();
        Assert.True(errors[0] > errors[1] && errors[1] > errors[2] && errors[2] < 1e-3, string.Join(", ", errors));
    }

    [Fact]
    public void Gamma_zero_is_Epsilon()
    {
        // The two sum up each output on ways of their own: its stabilizer must be larger than their rounding.
        using var gamma = Emit(Residual(bias: true), Linear(new(RuleKind.Gamma, 0.1) { Gamma = 0 }));
        using var epsilon = Emit(Residual(bias: true), Linear(new(RuleKind.Epsilon, 0.1)));
        Same(gamma, epsilon);
    }

    [Fact]
    public void ZBox_does_not_depend_on_a_shift_of_inputs_and_bounds_alike()
    {
        // w·x + b with inputs and bounds moved by d is w·x + (b + w·d).
        ModelBuilder Net(float d) => new ModelBuilder().Input("x", "N", 3).Output("y", "N", 2).Tensor("w", Numbers(6), 3, 2)
            .Tensor("b", [.. Enumerable.Range(0, 2).Select(o => 0.3f - (d * Enumerable.Range(0, 3).Sum(i => Numbers(6)[(i * 2) + o])))], 2).Node("Gemm", "x w b", "y", "fc");
        ExplainerSpec Box(double d) => Linear(new(RuleKind.ZBox) { Low = new([-1 + d]), High = new([1 + d]) });
        using var here = Emit(Net(0), Box(0));
        using var there = Emit(Net(2), Box(2));
        Number.Array[3].Sample(
            values =>
            {
                using var x = tensor(values, [1, 3]);
                using var one = here.Network.Explain([x], 1, InitialRelevance.OneHot);
                using var other = there.Network.Explain([x + 2], 1, InitialRelevance.OneHot);
                AssertClose(one.Relevance, other.Relevance);
            },
            iter: Iterations, threads: 1);
    }

    [Theory]
    [InlineData("EpsilonGammaBox")]
    [InlineData("EpsilonAlpha2Beta1Flat")]
    [InlineData("BetaSmooth")]
    public void A_batch_is_its_samples_under_every_composite(string composite) => A_batch_is_its_samples(composite);

    [Fact]
    public void Merging_a_batch_normalization_changes_no_output()
    {
        using var merged = Emit(Residual(bias: true));
        using var apart = Emit(Residual(bias: true), Spec("EpsilonPlus") with { MergeBatchNorm = false });
        Pictures.Sample(
            values =>
            {
                using var batch = tensor(values, [3, 2, 6, 6]);
                using var one = merged.Network.Predict([batch]);
                using var other = apart.Network.Predict([batch]);
                AssertClose(one, other, 1e-5);
            },
            iter: Iterations, threads: 1);
    }

    [Fact]
    public void The_order_of_hidden_channels_changes_no_relevance()
    {
        int[] order = [2, 0, 3, 1];
        ModelBuilder Net(int[] channels)
        {
            float[] conv = Numbers(4 * 2 * 9), next = Numbers(3 * 4);
            return new ModelBuilder().Input("x", "N", 2, 6, 6).Output("y", "N", 3)
                .Tensor("w", [.. channels.SelectMany(c => conv.Skip(c * 18).Take(18))], 4, 2, 3, 3)
                .Tensor("v", [.. Enumerable.Range(0, 3).SelectMany(o => channels.Select(c => next[(o * 4) + c]))], 3, 4)
                .Node("Conv", "x w", "c", "conv").Node("Relu", "c", "h").Node("GlobalAveragePool", "h", "m").Node("Flatten", "m", "f").Node("Gemm", "f v", "y", "fc", ("transB", 1));
        }

        using var plain = Emit(Net([0, 1, 2, 3]));
        using var permuted = Emit(Net(order));
        Pictures.Sample(
            values =>
            {
                using var batch = tensor(values, [3, 2, 6, 6]);
                using var one = plain.Network.Explain([batch], Target.Class(0), InitialRelevance.Logit);
                using var other = permuted.Network.Explain([batch], Target.Class(0), InitialRelevance.Logit);
                AssertClose(one.Relevance, other.Relevance);
            },
            iter: Iterations, threads: 1);
    }

    [Fact]
    public void A_sum_of_a_value_with_itself_is_twice_the_value()
    {
        var model = new ModelBuilder().Input("x", "N", 3).Output("y", "N", 3).Node("Add", "x x", "y", "twice");
        using var x = tensor(new[] { 1f, -2, 3 }, [1, 3]);
        using var start = tensor(new[] { 1f, 10, 100 }, [1, 3]);
        using var lrp = Emit(model);
        using var gradient = Emit(model, Emitted.Gradient);
        using var r = lrp.Network.Propagate([x], start);
        using var g = gradient.Network.Propagate([x], start);
        AssertClose(start, r.Relevance);
        AssertClose(start * 2, g.Relevance);
    }

    [Fact]
    public void One_weight_may_serve_two_layers()
    {
        var model = new ModelBuilder().Input("x", "N", 2, 4, 4).Output("y", "N", 2, 4, 4).Tensor("w", Numbers(36), 2, 2, 3, 3)
            .Node("Conv", "x w", "h", "first", ("pads", new[] { 1, 1, 1, 1 })).Node("Relu", "h", "a").Node("Conv", "a w", "y", "second", ("pads", new[] { 1, 1, 1, 1 }));
        using var net = Emit(model, Emitted.Gradient);
        using var x = tensor(Numbers(32), [1, 2, 4, 4], requires_grad: true);
        using var start = tensor(Numbers(32), [1, 2, 4, 4]);
        using var why = net.Network.Propagate([x], start);

        using var w = tensor(Numbers(36), [2, 2, 3, 3]);
        using var y = nn.functional.conv2d(nn.functional.conv2d(x, w, padding: [1, 1]).relu(), w, padding: [1, 1]);
        (y * start).sum().backward();
        AssertClose(x.grad!, why.Relevance);
    }

    private static ExplainerSpec Spec(string method) => method == "gradient" ? Emitted.Gradient : Emitted.Lrp(method) with { Low = new([-1]), High = new([1]) };

    private static ExplainerSpec Linear(Compiler.Relevance.Rule rule) => Emitted.Lrp("EpsilonPlus", new LayerRule("Linear", rule));

    private static void Same(Emitted one, Emitted other) => Pictures.Sample(
        values =>
        {
            using var batch = tensor(values, [3, 2, 6, 6]);
            using var a = one.Network.Explain([batch], Target.Class(1), InitialRelevance.Logit);
            using var b = other.Network.Explain([batch], Target.Class(1), InitialRelevance.Logit);
            AssertClose(a.Relevance, b.Relevance, 1e-3);
        },
        iter: Iterations, threads: 1);

    // Beside a stabilizer of 1e-6, a logit's own rounding counts: z/(z + ε) of a z of 1e-5 changes by 1e-3 with the last bits of its terms.
    private static bool IsAwayFromZero(Emitted net, Tensor batch)
    {
        using var logits = net.Network.PredictLogits([batch]);
        using var smallest = logits.abs().min();
        return smallest.item<float>() > 1e-2f;
    }

    private static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => MathF.Sin((i * i) + 1))];

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance = 1e-4) => Assert.InRange(ReferenceFiles.RelativeDifference(actual, expected), 0, tolerance);

    /// <summary>
    /// Conv, BatchNormalization, Relu, a residual branch, a pool and a dense layer. Nothing cancels in the sum, and relevance starts with
    /// multiples of logits, so that no denominator is smaller than what it divides: the laws hold to float32's own precision.
    /// </summary>
    private static ModelBuilder Residual(bool bias, float last = 1)
    {
        float[] Times(float[] numbers) => [.. numbers.Select(n => n * last)];
        float[] Bias(int count) => bias ? Numbers(count) : new float[count];
        return new ModelBuilder().Input("x", "N", 2, 6, 6).Output("y", "N", 3)
            .Tensor("w1", Numbers(72), 4, 2, 3, 3).Tensor("b1", Bias(4), 4)
            .Tensor("scale", [1f, 0.5f, 2, 1], 4).Tensor("shift", Bias(4), 4).Tensor("mean", Bias(4), 4).Tensor("var", [1f, 2, 0.5f, 1], 4)
            .Tensor("w2", Numbers(144), 4, 4, 3, 3).Tensor("b2", Bias(4), 4).Tensor("w3", Times(Numbers(48)), 3, 16).Tensor("b3", Times(Bias(3)), 3)
            .Node("Conv", "x w1 b1", "c1", "conv1").Node("BatchNormalization", "c1 scale shift mean var", "n", "norm").Node("Relu", "n", "h1", "relu1")
            .Node("Conv", "h1 w2 b2", "c2", "conv2", ("pads", new[] { 1, 1, 1, 1 })).Node("Relu", "c2", "r2", "relu2").Node("Add", "r2 h1", "h2", "add")
            .Node("MaxPool", "h2", "p", "pool", ("kernel_shape", new[] { 2, 2 }), ("strides", new[] { 2, 2 })).Node("Flatten", "p", "f", "flat")
            .Node("Gemm", "f w3 b3", "y", "fc", ("transB", 1));
    }

    private Emitted Emit(ModelBuilder model, ExplainerSpec? spec = null) => new(model, (spec ?? Emitted.Lrp("EpsilonPlus")) with { Backend = backend });
}

public sealed class LawTestsOnTorch() : LawTests(Compiler.Emit.Backend.Torch);

public sealed class LawTestsOnManaged() : LawTests(Compiler.Emit.Backend.Managed);
