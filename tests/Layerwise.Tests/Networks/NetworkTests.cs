using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Networks;

/// <summary>Runs alone: tensors are counted over the whole process.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>What a service relies on: bad input is refused with words, threads and scopes do no harm, nothing stays behind.</summary>
[Collection(nameof(Alone))]
public sealed class NetworkTests : IDisposable
{
    private static readonly float[] Identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];

    private readonly Emitted _net = new(Dense());

    public void Dispose() => _net.Dispose();

    [Fact]
    public void Inputs_of_another_shape_are_refused_with_both_shapes()
    {
        foreach (long[] shape in (long[][])[[2, 4], [3], [1, 3, 1]])
        {
            using var x = zeros(shape);
            var error = Assert.Throws<ShapeException>(() => _net.Network.Explain([x], Target.Top, InitialRelevance.OneHot));
            Assert.Equal(("x", "[N, 3]", $"[{string.Join(", ", shape)}]"), (error.Name, error.Expected, error.Actual));
            Assert.Contains($"'x' has the shape [{string.Join(", ", shape)}]; it should be [N, 3]", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void No_samples_have_outputs_but_no_explanation()
    {
        using var x = zeros(0, 3);
        using var logits = _net.Network.Predict(x);
        Assert.Equal([0, 3], logits.shape);
        var error = Assert.Throws<ArgumentException>(() => _net.Network.Explain([x], Target.Top, InitialRelevance.OneHot));
        Assert.Contains("no sample", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Inputs_of_another_type_or_number_are_refused()
    {
        using var whole = zeros(1, 3, dtype: ScalarType.Int64);
        using var x = zeros(1, 3);
        Assert.Contains("Int64", Assert.Throws<ShapeException>(() => _net.Network.Predict([whole])).Message, StringComparison.Ordinal);
        Assert.Contains("has 1 inputs ('x'); 2 were given", Assert.Throws<ShapeException>(() => _net.Network.Predict([x, x])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => _net.Network.Predict([null!]));
        Assert.Contains("multiple of 3", Assert.Throws<ShapeException>(() => _net.Network.Predict(new float[4])).Message, StringComparison.Ordinal);
        Assert.Contains("multiple of 3", Assert.Throws<ShapeException>(() => _net.Network.Predict(ReadOnlySpan<float>.Empty)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_outside_of_the_output_are_refused()
    {
        using var x = zeros(2, 3);
        Assert.Contains("0 to 2", Assert.Throws<TargetException>(() => _net.Network.Explain([x], 3, InitialRelevance.OneHot)).Message, StringComparison.Ordinal);
        Assert.Contains("3 classes for a batch of 2", Assert.Throws<TargetException>(() => _net.Network.Explain([x], Target.PerSample(0, 1, 2), InitialRelevance.OneHot)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Target.Class(-1));
        Assert.Throws<ArgumentException>(() => Target.PerSample());
        Assert.Throws<ArgumentOutOfRangeException>(() => _net.Network.Explain([x], Target.Top, (InitialRelevance)7));
        using var start = zeros(2, 4);
        Assert.Contains("[2, 3]", Assert.Throws<ShapeException>(() => _net.Network.Propagate([x], start)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_sample_has_its_own_target_and_start()
    {
        using var x = tensor(new[] { 1f, 5, 2, 7, 3, 4 }, [2, 3]);
        using var top = _net.Network.Explain([x], Target.Top, InitialRelevance.Logit);
        Assert.Equal([1, 0], top.Target);
        Assert.Equal([0f, 5, 0, 7, 0, 0], Round(top.Relevance));
        using var each = _net.Network.Explain([x], Target.PerSample(2, 1), InitialRelevance.OneHot);
        Assert.Equal([0f, 0, 1, 0, 1, 0], Round(each.Relevance));
        using var span = _net.Network.Explain([1f, 5, 2], 0, InitialRelevance.OneHot);
        Assert.Equal([1f, 0, 0], Round(span.Relevance));
        Assert.Equal([1f, 5, 2], _net.Network.Predict([1f, 5, 2]));
    }

    [Fact]
    public void A_disposed_network_says_so()
    {
        _net.Network.Dispose();
        _net.Network.Dispose();
        using var x = zeros(1, 3);
        Assert.Throws<ObjectDisposedException>(() => _net.Network.Predict([x]));
    }

    [Fact]
    public void Many_threads_get_what_one_gets()
    {
        using var x = rand(4, 3);
        using var alone = _net.Network.Explain([x], Target.Top, InitialRelevance.Logit);
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            using var why = _net.Network.Explain([x], Target.Top, InitialRelevance.Logit);
            Assert.True(why.Relevance.allclose(alone.Relevance));
        });
    }

    [Fact]
    public void A_dispose_scope_of_the_caller_frees_nothing_of_ours()
    {
        Emitted net;
        Explanation why;
        using (NewDisposeScope())
        {
            net = new Emitted(Dense());
            why = net.Network.Explain([ones(1, 3)], 1, InitialRelevance.OneHot);
        }

        using (net)
        using (why)
        using (var x = ones(1, 3))
        {
            Assert.Equal([0f, 1, 0], Round(why.Relevance));
            Assert.Equal(3, why.Logits.numel() * why.Output.numel() / 3);
            using var again = net.Network.Predict([x]);
            Assert.Equal([1f, 1, 1], again.data<float>());
        }
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.Float64)]
    public void Other_floating_point_types_are_converted(ScalarType type)
    {
        using var x = ones(1, 3, dtype: type);
        using var why = _net.Network.Explain([x], 0, InitialRelevance.OneHot);
        Assert.Equal(ScalarType.Float32, why.Relevance.dtype);
        Assert.Equal([1f, 0, 0], Round(why.Relevance));
    }

    [Fact]
    public void A_view_is_read_as_what_it_shows_and_stays_as_it_was()
    {
        using var stored = tensor(new[] { 1f, 4, 2, 5, 3, 6 }, [3, 2]);
        using var view = stored.transpose(0, 1);
        using var why = _net.Network.Explain([view], Target.Top, InitialRelevance.OneHot);
        Assert.Equal([1f, 2, 3, 4, 5, 6], Round(why.Output));
        Assert.Equal([1f, 4, 2, 5, 3, 6], Round(stored));
    }

    [Fact]
    public void A_network_that_computes_nothing_hands_on_what_it_gets()
    {
        using var net = new Emitted(new ModelBuilder().Input("x", "N", 2).Node("Identity", "x", "y").Output("y", "N", 2));
        using var x = tensor(new[] { 1f, 2 }, [1, 2]);
        using var start = tensor(new[] { 3f, 4 }, [1, 2]);
        using var why = net.Network.Propagate([x], start);
        Assert.Equal([1f, 2], Round(why.Output));
        Assert.Equal([3f, 4], Round(why.Relevance));
    }

    [Fact]
    public void An_input_with_a_graph_leaves_none()
    {
        using var x = ones([1, 3], requires_grad: true);
        using var why = _net.Network.Explain([x], 0, InitialRelevance.OneHot);
        Assert.False(why.Relevance.requires_grad || why.Logits.requires_grad || why.Output.requires_grad);
    }

    [Fact]
    public void Nothing_stays_behind_also_when_calls_fail()
    {
        using var x = rand(2, 3);
        void Call(bool fails)
        {
            if (fails)
            {
                Assert.Throws<TargetException>(() => _net.Network.Explain([x], 99, InitialRelevance.OneHot));
            }
            else
            {
                _net.Network.Explain([x], Target.Top, InitialRelevance.Logit).Dispose();
            }
        }

        Call(fails: false);
        Call(fails: true);
        var before = Tensor.TotalCount;
        for (var i = 0; i < 100; i++)
        {
            Call(fails: i % 2 == 0);
        }

        Assert.InRange(Tensor.TotalCount - before, long.MinValue, 0);
    }

    [Fact]
    public void Weights_of_another_graph_are_refused_and_leave_nothing_open()
    {
        var folder = Directory.CreateTempSubdirectory("layerwise-");
        try
        {
            var other = new ModelBuilder().Input("x", "N", 4).Output("y", "N", 3).Tensor("w", new float[12], 3, 4).Node("Gemm", "x w", "y", "fc", ("transB", 1)).Save(Path.Combine(folder.FullName, "other.onnx"));
            using var compiled = Tool.NetworkAssembly.Build(Tool.ModelHost.Compile(_net.ModelPath, labels: null, Emitted.Lrp("EpsilonPlus")));
            var weights = Weights.Open(other);
            var spec = Tool.ModelHost.Compile(_net.ModelPath, labels: null, Emitted.Lrp("EpsilonPlus"));
            var error = Assert.Throws<WeightsException>(() => Layerwise.Runtime.Network.Create(weights, w => compiled.Create(spec, w)));
            Assert.Contains("'w'", error.Message, StringComparison.Ordinal);
            Assert.Contains("[3, 4]", error.Message, StringComparison.Ordinal);
            Assert.Throws<ObjectDisposedException>(() => weights.Read("w", [3, 4]).CopyTo(new float[12]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Inputs_of_a_sum_have_each_their_own_relevance_and_one_that_counts_nothing_has_zeros()
    {
        var model = new ModelBuilder().Input("a", "N", 2).Input("b", "N", 2).Input("c", "N", 3).Output("y", "N", 2).Node("Add", "a b", "y", "add");
        using var net = new Emitted(model, Emitted.Gradient);
        using Tensor a = ones(1, 2), b = ones(1, 2), c = ones(1, 3);
        using var more = ones(2, 2);
        Assert.Contains("'b' has the shape [2, 2]; it should be [1, 2]", Assert.Throws<ShapeException>(() => net.Network.Predict([a, more, c])).Message, StringComparison.Ordinal);
        using var why = net.Network.Explain([a, b, c], 1, InitialRelevance.OneHot);
        Assert.Equal([0f, 1], why.Relevances[0].data<float>());
        Assert.Equal([0f, 1], why.Relevances[1].data<float>());
        Assert.Equal([0f, 0, 0], why.Relevances[2].data<float>());
        why.Relevances[0].zero_();
        Assert.Equal([0f, 1], why.Relevances[1].data<float>());
    }

    [Fact]
    public void A_graph_that_joins_samples_takes_its_own_batch_alone()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Output("y", 3, 2).Tensor("w", [1f, 2, 3, 4], 2, 2).Node("Transpose", "x", "t", "turn").Node("MatMul", "t w", "y", "mix");
        using var net = new Emitted(model);
        Assert.False(net.Network.Inputs[0].IsBatched);
        using Tensor two = ones(2, 3), three = ones(3, 3);
        using var y = net.Network.Predict([two]);
        Assert.Equal([3, 2], y.shape);
        Assert.Contains("it should be [2, 3]", Assert.Throws<ShapeException>(() => net.Network.Predict([three])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_value_inside_the_network_can_be_explained()
    {
        var model = new ModelBuilder().Input("x", "N", 2).Output("y", "N", 2).Tensor("w", [2f, 0, 0, 3], 2, 2).Node("MatMul", "x w", "inner", "fc").Node("Relu", "inner", "y", "act");
        using var net = new Emitted(model, Emitted.Lrp("EpsilonPlus") with { Output = "inner" });
        using var x = tensor(new float[] { -1, 4 }, [1, 2]);
        using var why = net.Network.Explain([x], 0, InitialRelevance.Logit);
        Assert.Equal([-2f, 12], why.Output.data<float>());
        Assert.Equal([-2f, 0], Round(why.Relevance));
    }

    [Fact]
    public void A_network_that_only_predicts_has_every_output_and_no_way_back()
    {
        var model = new ModelBuilder().Input("x", "N", 2).Output("a", "N", 2).Output("x2", "N", 2).Output("b", "N", 2)
            .Node("Relu", "x", "a", "act").Node("Identity", "x", "x2").Node("Add", "x x", "b", "twice");
        using var net = new Emitted(model, Emitted.Gradient with { Method = "predict" });
        using var x = tensor(new float[] { -1, 4 }, [1, 2]);
        var outputs = net.Network.PredictAll([x]);
        Assert.Equal(["a", "x", "b"], net.Network.Outputs.Select(o => o.Name));
        Assert.Equal<float[]>([[0, 4], [-1, 4], [-2, 8]], [.. outputs.Select(o => o.data<float>().ToArray())]);
        outputs[1].zero_();
        Assert.Equal([-1f, 4], x.data<float>());
        Assert.Throws<NotSupportedException>(() => net.Network.Explain([x], 0, InitialRelevance.OneHot));
    }

    [Fact]
    public void A_term_that_a_sum_repeats_gets_the_sum_of_its_shares()
    {
        var model = new ModelBuilder().Input("x", 2, 2).Input("b", 1, 2).Output("y", 2, 2).Node("Add", "x b", "y", "repeat");
        using var net = new Emitted(model, Emitted.Gradient);
        using Tensor x = ones(2, 2), b = ones(1, 2);
        using var why = net.Network.Explain([x, b], Target.PerSample(0, 0), InitialRelevance.OneHot);
        Assert.Equal([2f, 0], why.Relevances[1].data<float>());
    }

    [Fact]
    public void A_final_softmax_is_in_the_output_and_not_in_the_logits()
    {
        using var net = new Emitted(Dense(softmax: true));
        using var x = tensor(new[] { 1f, 2, 3 }, [1, 3]);
        using var why = net.Network.Explain([x], Target.Top, InitialRelevance.Logit);
        Assert.Equal([1f, 2, 3], why.Logits.data<float>());
        Assert.True(why.Output.allclose(x.softmax(1)));
        Assert.Equal([0f, 0, 3], Round(why.Relevance));
    }

    private static float[] Round(Tensor tensor) => [.. tensor.data<float>().Select(v => MathF.Round(v, 4))];

    private static ModelBuilder Dense(bool softmax = false)
    {
        var model = new ModelBuilder().Input("x", "N", 3).Output(softmax ? "p" : "y", "N", 3).Tensor("w", Identity, 3, 3).Node("Gemm", "x w", "y", "fc", ("transB", 1));
        return softmax ? model.Node("Softmax", "y", "p", "softmax") : model;
    }
}
