using Layerwise.Testing;
using Layerwise.Tests.Numerics;
using static TorchSharp.torch;

namespace Layerwise.Tests.Networks;

/// <summary>Several targets of one forward pass, and one class against another.</summary>
public sealed class TargetTests : IDisposable
{
    private readonly Emitted _net = new(new ModelBuilder().Input("x", "N", 2, 4, 4).Output("y", "N", 3)
        .Tensor("w", [.. Enumerable.Range(0, 36).Select(i => MathF.Sin(i))], 2, 2, 3, 3).Tensor("v", [.. Enumerable.Range(0, 24).Select(i => MathF.Cos(i))], 3, 8)
        .Node("Conv", "x w", "c", "conv").Node("Relu", "c", "h", "relu").Node("Flatten", "h", "f", "flat").Node("Gemm", "f v", "y", "fc", ("transB", 1)));

    private readonly Tensor _input = arange(64, ScalarType.Float32).mul(0.7).sin().reshape(2, 2, 4, 4);

    public void Dispose()
    {
        _net.Dispose();
        _input.Dispose();
    }

    [Theory]
    [InlineData(InitialRelevance.OneHot)]
    [InlineData(InitialRelevance.Logit)]
    public void Several_targets_are_what_each_is_alone(InitialRelevance initial)
    {
        Target[] targets = [2, Target.PerSample(0, 1), Target.Top, Target.Difference(1, 0)];
        var together = _net.Network.ExplainEach([_input], targets, initial);
        Assert.Equal(targets.Length, together.Count);
        for (var i = 0; i < targets.Length; i++)
        {
            using var alone = _net.Network.Explain([_input], targets[i], initial);
            using var explanation = together[i];
            Assert.Equal(alone.Relevance.data<float>().ToArray(), explanation.Relevance.data<float>().ToArray());
            Assert.Equal(alone.Logits.data<float>().ToArray(), explanation.Logits.data<float>().ToArray());
            Assert.Equal(alone.Output.data<float>().ToArray(), explanation.Output.data<float>().ToArray());
            Assert.Equal(alone.Target, explanation.Target);
            Assert.Equal(alone.Against, explanation.Against);
        }
    }

    [Fact]
    public void Several_targets_of_a_network_with_a_residual_branch_are_what_each_is_alone()
    {
        using var net = new Emitted(new ModelBuilder().Input("x", "N", 2, 4, 4).Output("y", "N", 3)
            .Tensor("w1", [.. Enumerable.Range(0, 36).Select(i => MathF.Sin(i))], 2, 2, 3, 3).Tensor("w2", [.. Enumerable.Range(0, 36).Select(i => MathF.Cos(2 * i))], 2, 2, 3, 3)
            .Tensor("v", [.. Enumerable.Range(0, 6).Select(i => MathF.Cos(i))], 3, 2)
            .Node("Conv", "x w1", "c", "stem", ("pads", new[] { 1, 1, 1, 1 })).Node("Relu", "c", "h", "relu")
            .Node("Conv", "h w2", "branch", "branch", ("pads", new[] { 1, 1, 1, 1 })).Node("Add", "branch h", "sum", "join").Node("Relu", "sum", "out", "rejoin")
            .Node("GlobalAveragePool", "out", "mean", "pool").Node("Flatten", "mean", "f", "flat").Node("Gemm", "f v", "y", "fc", ("transB", 1)));
        var together = net.Network.ExplainEach([_input], [2, 0, Target.Difference(1, 0)], InitialRelevance.Logit);
        foreach (var (target, explanation) in new Target[] { 2, 0, Target.Difference(1, 0) }.Zip(together))
        {
            using var alone = net.Network.Explain([_input], target, InitialRelevance.Logit);
            Assert.Equal(alone.Relevance.data<float>().ToArray(), explanation.Relevance.data<float>().ToArray());
            explanation.Dispose();
        }
    }

    [Fact]
    public void An_explanation_outlives_the_others_of_its_call()
    {
        var all = _net.Network.ExplainEach([_input], [0, 1], InitialRelevance.OneHot);
        var before = all[1].Logits.data<float>().ToArray();
        all[0].Dispose();
        Assert.Equal(before, all[1].Logits.data<float>().ToArray());
        all[1].Dispose();
    }

    [Theory]
    [InlineData(InitialRelevance.OneHot)]
    [InlineData(InitialRelevance.Logit)]
    public void A_difference_is_one_class_less_the_other(InitialRelevance initial)
    {
        using var difference = _net.Network.Explain([_input], Target.Difference(2, 1), initial);
        using var favoured = _net.Network.Explain([_input], 2, initial);
        using var compared = _net.Network.Explain([_input], 1, initial);
        using var expected = favoured.Relevance - compared.Relevance;
        Assert.InRange(ReferenceFiles.RelativeDifference(difference.Relevance, expected), 0, 1e-5);
        Assert.Equal([2, 2], difference.Target);
        Assert.Equal(1, difference.Against);
    }

    [Fact]
    public void Targets_that_do_not_fit_are_refused()
    {
        Assert.Contains("3 numbers", Assert.Throws<TargetException>(() => _net.Network.ExplainEach([_input], [0, 3], InitialRelevance.OneHot)).Message, StringComparison.Ordinal);
        Assert.Contains("3 numbers", Assert.Throws<TargetException>(() => _net.Network.Explain([_input], Target.Difference(0, 7), InitialRelevance.OneHot)).Message, StringComparison.Ordinal);
        Assert.Contains("no target", Assert.Throws<ArgumentException>(() => _net.Network.ExplainEach([_input], [], InitialRelevance.OneHot)).Message, StringComparison.Ordinal);
        Assert.Contains("itself", Assert.Throws<ArgumentException>(() => Target.Difference(4, 4)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Target.Difference(0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Target.Difference(-1, 0));
    }

    [Fact]
    public void Differences_are_equal_where_both_classes_are()
    {
        Assert.Equal(Target.Difference(1, 0), Target.Difference(1, 0));
        Assert.NotEqual(Target.Difference(1, 0), Target.Difference(1, 2));
        Assert.NotEqual(Target.Difference(1, 0), Target.Class(1));
        Assert.Equal("1 against 0", Target.Difference(1, 0).ToString());
    }
}
