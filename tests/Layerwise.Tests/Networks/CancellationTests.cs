using System.Diagnostics;
using System.Runtime.CompilerServices;
using Layerwise.Evidence;
using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Networks;

/// <summary>An explanation that nobody waits for any more ends, wherever it is, and leaves the explainer as it was.</summary>
public abstract class CancellationTests(string backend, int manySamples) : IDisposable
{
    // Two convolutions with a sum around the second one, and a kernel of two results.
    private readonly Emitted _net = new(
        new ModelBuilder().Input("x", "N", 2, 24, 24).Output("y", "N", 3)
            .Tensor("w1", Numbers(144), 8, 2, 3, 3).Tensor("b1", Numbers(8), 8).Tensor("w2", Numbers(576), 8, 8, 3, 3).Tensor("w3", Numbers(24), 3, 8)
            .Node("Conv", "x w1 b1", "c1", "conv1", ("pads", new[] { 1, 1, 1, 1 })).Node("Relu", "c1", "h1", "relu1")
            .Node("Conv", "h1 w2", "c2", "conv2", ("pads", new[] { 1, 1, 1, 1 })).Node("Add", "c2 h1", "s", "add").Node("Relu", "s", "h2", "relu2")
            .Node("MaxPool", "h2", "m", "max", ("kernel_shape", new[] { 3, 3 })).Node("GlobalAveragePool", "m", "p", "pool").Node("Flatten", "p", "f", "flat").Node("Gemm", "f w3", "y", "fc", ("transB", 1)),
        Emitted.Lrp("EpsilonPlus") with { Backend = backend });

    private readonly Tensor _input = rand([2, 2, 24, 24], generator: new Generator(3));

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _input.Dispose();
        _net.Dispose();
    }

    [Fact]
    public void A_call_that_is_cancelled_before_it_begins_computes_nothing()
    {
        var before = Relevance();
        using var source = new CancellationTokenSource();
        source.Cancel();
        var options = new ExplainOptions { CancellationToken = source.Token };
        using var start = ones(2, 3);
        float[] values = [.. _input.data<float>()];
        foreach (var call in new Action[]
        {
            () => _net.Network.Explain([_input], 1, options),
            () => _net.Network.ExplainEach([_input], [0, 1, 2], options),
            () => _net.Network.Propagate([_input], start, options),
            () => _net.Network.Explain(values, 1, options),
            () => _net.Network.Explain(values, 1, new float[values.Length], [], InitialRelevance.OneHot, source.Token),
            () => _net.Network.Predict([_input], source.Token),
            () => _net.Network.PredictAll([_input], source.Token),
            () => _net.Network.PredictLogits([_input], source.Token),
            () => _net.Network.Predict(values, source.Token),
            () => _net.Network.Predict(values, new float[2 * 3], source.Token),
            () => _net.Network.IntegratedGradients(_input, cancellationToken: source.Token),
            () => _net.Network.SmoothGrad(_input, cancellationToken: source.Token),
            () => _net.Network.Occlusion(_input, [2, 4, 4], cancellationToken: source.Token),
            () => _net.Network.Ablation(_input, [ones([2, 24, 24], ScalarType.Bool)], cancellationToken: source.Token),
        })
        {
            Assert.Equal(source.Token, Assert.ThrowsAny<OperationCanceledException>(call).CancellationToken);
        }

        Assert.Equal(before, Relevance());
    }

    [Fact]
    public void What_is_wrong_with_a_call_is_said_also_where_it_is_cancelled()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        using var wrong = zeros(1, 3);
        Assert.Throws<ShapeException>(() => _net.Network.Explain([wrong], 1, new ExplainOptions { CancellationToken = source.Token }));
        Assert.Throws<ShapeException>(() => _net.Network.Predict([wrong], source.Token));
    }

    [Fact]
    public void A_token_that_is_not_cancelled_changes_nothing()
    {
        using var source = new CancellationTokenSource();
        using var why = _net.Network.Explain([_input], 1, new ExplainOptions { CancellationToken = source.Token });
        Assert.Equal(Relevance(), why.Relevance.data<float>().ToArray());
        using (var asked = _net.Network.Predict([_input], source.Token))
        using (var output = _net.Network.Predict([_input]))
        {
            Assert.Equal(output.data<float>().ToArray(), asked.data<float>().ToArray());
        }

        source.Cancel();
        Assert.Equal(Relevance(), why.Relevance.data<float>().ToArray());
    }

    [Fact]
    public void A_call_that_is_cancelled_under_way_ends_soon()
    {
        using var many = rand([manySamples, 2, 24, 24]);
        var alone = Time(CancellationToken.None);
        using var source = new CancellationTokenSource();
        source.CancelAfter(alone / 10);
        Assert.InRange(Time(source.Token), TimeSpan.Zero, alone / 2);
        Assert.True(source.IsCancellationRequested);

        TimeSpan Time(CancellationToken cancellation)
        {
            var clock = Stopwatch.StartNew();
            try
            {
                _net.Network.ExplainEach([many], [0, 1, 2], new ExplainOptions { CancellationToken = cancellation }).ToList().ForEach(why => why.Dispose());
            }
            catch (OperationCanceledException)
            {
            }

            return clock.Elapsed;
        }
    }

    [Fact]
    public void A_thousand_cancelled_calls_leave_nothing_behind()
    {
        var conv1 = _net.Network.Layers.Single(layer => layer.Name == "conv1");
        var (before, ended) = (Relevance(), 0);
        var random = new Random(5);
        Cancel(100);
        var (tensors, memory) = (Tensor.TotalCount, GC.GetTotalMemory(forceFullCollection: true));
        Cancel(1000);
        Assert.InRange(ended, 500, 1100);
        Assert.InRange(Tensor.TotalCount - tensors, long.MinValue, 0);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - memory, long.MinValue, 1_000_000);
        Assert.Equal(before, Relevance());

        void Cancel(int count)
        {
            for (var i = 0; i < count; i++)
            {
                using var source = new CancellationTokenSource();
                using var ready = new ManualResetEventSlim();
                var wait = random.Next(20_000);
                var thread = Task.Run(
                    () =>
                    {
                        ready.Set();
                        Thread.SpinWait(wait);
                        source.Cancel();
                    },
                    TestContext.Current.CancellationToken);
                ready.Wait(TestContext.Current.CancellationToken);
                try
                {
                    var options = new ExplainOptions
                    {
                        CancellationToken = source.Token,
                        Conservation = i % 3 == 0,
                        Keep = i % 2 == 0 ? [conv1] : [],
                        Conditions = i % 4 == 0 ? [new Condition(conv1, 1, 2)] : [],
                    };
                    foreach (var why in _net.Network.ExplainEach([_input], i % 5 == 0 ? [0, 1] : [2], options))
                    {
                        why.Dispose();
                    }
                }
                catch (OperationCanceledException)
                {
                    ended++;
                }

                thread.Wait(TestContext.Current.CancellationToken);
            }
        }
    }

    [Fact]
    public void A_cancellation_after_the_call_does_not_reach_the_next_one()
    {
        using var source = new CancellationTokenSource();
        _net.Network.Explain([_input], 1, new ExplainOptions { CancellationToken = source.Token }).Dispose();
        source.Cancel();
        float[] values = [.. _input.data<float>()];
        using var output = _net.Network.Predict([_input]);
        Assert.Equal(output.data<float>().ToArray(), _net.Network.Predict(values));
        var relevance = new float[values.Length];
        _net.Network.Explain(values, 1, relevance, [], InitialRelevance.OneHot);
        Assert.Equal(Relevance(), relevance);
    }

    /// <summary>The clock of a record is asked between the forward pass and the way back, or before both.</summary>
    [Fact]
    public void A_callback_of_the_call_may_cancel_it()
    {
        using var source = new CancellationTokenSource();
        var options = new ExplainOptions { CancellationToken = source.Token, Audit = new AuditOptions { Clock = new Cancelling(source) } };
        Assert.ThrowsAny<OperationCanceledException>(() => _net.Network.Explain([_input], 1, options));
    }

    [Fact]
    public void A_call_that_has_ended_keeps_no_token()
    {
        var source = Cancelled();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(source.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference Cancelled()
        {
            var source = new CancellationTokenSource();
            _net.Network.Predict([_input], source.Token).Dispose();
            _net.Network.Explain([_input], 1, new ExplainOptions { CancellationToken = source.Token }).Dispose();
            return new WeakReference(source);
        }
    }

    private static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => MathF.Sin((i * i) + 1) + 0.3f)];

    private float[] Relevance()
    {
        using var why = _net.Network.Explain([_input], 1, InitialRelevance.OneHot);
        return [.. why.Relevance.data<float>()];
    }

    private sealed class Cancelling(CancellationTokenSource source) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            source.Cancel();
            return base.GetUtcNow();
        }
    }
}

[Collection(nameof(Alone))]
public sealed class CancellationTestsOnTorch() : CancellationTests(Compiler.Emit.Backend.Torch, manySamples: 500);

[Collection(nameof(Alone))]
public sealed class CancellationTestsOnManaged() : CancellationTests(Compiler.Emit.Backend.Managed, manySamples: 40);
