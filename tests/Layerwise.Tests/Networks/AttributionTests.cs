using Layerwise.Testing;
using Layerwise.Tests.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Networks;

/// <summary>Explanations made of many runs.</summary>
public sealed class AttributionTests : IDisposable
{
    private readonly Emitted _net = new(Curved(), Emitted.Gradient);
    private readonly Tensor _input = tensor(new[] { 0.5f, -1, 2, 1, 0.25f, -0.5f }, [2, 3]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PathRule.GaussLegendre, 1e-5)]
    [InlineData(PathRule.Middle, 1e-3)]
    [InlineData(PathRule.Trapezoid, 1e-3)]
    [InlineData(PathRule.Right, 1e-1)]
    public void Integrated_gradients_sum_to_what_the_logit_changes_by(PathRule rule, double tolerance)
    {
        using var baseline = tensor(new[] { 0.1f, 0.2f, -0.3f }, [1, 3]);
        using var why = _net.Network.IntegratedGradients(_input, Target.Class(1), baseline, steps: 60, rule, cancellationToken: Cancellation);
        using var there = _net.Network.PredictLogits([_input]);
        using var from = _net.Network.PredictLogits([baseline]);
        using var change = there.select(1, 1).sub(from.select(1, 1));
        Assert.InRange(ReferenceFiles.RelativeDifference(why.Relevance.sum(1), change), 0, tolerance);
        Assert.Equal([1, 1], why.Target);
    }

    [Fact]
    public void One_middle_step_of_a_linear_net_is_the_gradient_times_the_way()
    {
        using var linear = new Emitted(Linear(), Emitted.Gradient);
        using var why = linear.Network.IntegratedGradients(_input, 0, steps: 1, rule: PathRule.Middle, cancellationToken: Cancellation);
        using var gradient = linear.Network.Explain([_input], 0, InitialRelevance.OneHot);
        Assert.InRange(ReferenceFiles.RelativeDifference(why.Relevance, gradient.Relevance * _input), 0, 1e-6);
    }

    [Fact]
    public void SmoothGrad_is_the_same_for_the_same_seed_and_the_gradient_without_noise()
    {
        using var first = _net.Network.SmoothGrad(_input, 1, noise: 0.3, samples: 4, seed: 7, cancellationToken: Cancellation);
        using var again = _net.Network.SmoothGrad(_input, 1, noise: 0.3, samples: 4, seed: 7, cancellationToken: Cancellation);
        using var other = _net.Network.SmoothGrad(_input, 1, noise: 0.3, samples: 4, seed: 8, cancellationToken: Cancellation);
        using var none = _net.Network.SmoothGrad(_input, 1, noise: 0, samples: 4, cancellationToken: Cancellation);
        using var gradient = _net.Network.Explain([_input], 1, InitialRelevance.OneHot);
        Assert.True(first.Relevance.equal(again.Relevance).all().item<bool>());
        Assert.False(first.Relevance.equal(other.Relevance).all().item<bool>());
        Assert.InRange(ReferenceFiles.RelativeDifference(none.Relevance, gradient.Relevance), 0, 1e-6);
    }

    [Fact]
    public void Occlusion_of_a_linear_net_is_what_each_element_adds()
    {
        using var linear = new Emitted(Linear(), Emitted.Gradient);
        using var why = linear.Network.Occlusion(_input, [1], target: 0, cancellationToken: Cancellation);
        using var gradient = linear.Network.Explain([_input], 0, InitialRelevance.OneHot);
        Assert.InRange(ReferenceFiles.RelativeDifference(why.Relevance, gradient.Relevance * _input), 0, 1e-5);

        // A window of two, and a last one of the one that is left.
        using var pairs = linear.Network.Occlusion(_input, [2], target: 0, cancellationToken: Cancellation);
        using var parts = gradient.Relevance * _input;
        Assert.Equal((parts[0, 0] + parts[0, 1]).item<float>(), pairs.Relevance[0, 0].item<float>(), 1e-5f);
        Assert.Equal(pairs.Relevance[0, 0].item<float>(), pairs.Relevance[0, 1].item<float>());
        Assert.Equal(parts[0, 2].item<float>(), pairs.Relevance[0, 2].item<float>(), 1e-5f);
    }

    [Fact]
    public void The_target_stays_that_of_the_input_itself()
    {
        using var gradient = _net.Network.Explain([_input], Target.Top, InitialRelevance.OneHot);
        using var why = _net.Network.IntegratedGradients(_input, cancellationToken: Cancellation);
        Assert.Equal(gradient.Target, why.Target);
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        Refuses<ArgumentException>("window", () => _net.Network.Occlusion(_input, [1, 1]));
        Refuses<ArgumentException>("window", () => _net.Network.Occlusion(_input, [4]));
        Refuses<ArgumentException>("window", () => _net.Network.Occlusion(_input, [1], [0]));
        Refuses<ArgumentException>("baseline", () => _net.Network.IntegratedGradients(_input, baseline: ones(2, 5)));
        Refuses<ArgumentOutOfRangeException>("steps", () => _net.Network.IntegratedGradients(_input, steps: 0));
        Refuses<ArgumentOutOfRangeException>("steps", () => _net.Network.IntegratedGradients(_input, steps: 1, rule: PathRule.Trapezoid));
        Refuses<ArgumentOutOfRangeException>("noise", () => _net.Network.SmoothGrad(_input, noise: -1));
        Refuses<ArgumentOutOfRangeException>("samples", () => _net.Network.SmoothGrad(_input, samples: 0));
        Refuses<ArgumentException>("draws", () => _net.Network.SmoothGrad(_input, ones(2, 3), default, 0.1));
        Refuses<ArgumentException>("masks", () => _net.Network.Ablation(_input, [ones(3)]));
        Refuses<ArgumentOutOfRangeException>("target", () => _net.Network.Ablation(_input, [], 9));
        Refuses<ArgumentException>("inputs", () => _net.Network.IntegratedGradients(ones(2, 4)));
    }

    public void Dispose()
    {
        _net.Dispose();
        _input.Dispose();
    }

    private static void Refuses<T>(string parameter, Func<object> call)
        where T : ArgumentException
        => Assert.Equal(parameter, Assert.ThrowsAny<T>(call).ParamName);

    private static ModelBuilder Curved() => new ModelBuilder().Input("x", "N", 3).Output("y", "N", 2)
        .Tensor("w", [0.5f, -1, 0.3f, 0.8f, 0.2f, -0.4f, 1, 0.1f, -0.7f, 0.6f, -0.2f, 0.9f], 3, 4).Tensor("v", [1f, -1, 0.5f, 0.3f, -0.8f, 0.6f, 0.2f, 0.7f], 4, 2)
        .Node("MatMul", "x w", "h").Node("Tanh", "h", "t").Node("MatMul", "t v", "y");

    private static ModelBuilder Linear() => new ModelBuilder().Input("x", "N", 3).Output("y", "N", 2)
        .Tensor("w", [0.5f, -1, 0.3f, 0.8f, 0.2f, -0.4f], 3, 2).Node("MatMul", "x w", "y");
}
