using Layerwise.Testing;
using static TorchSharp.torch;

namespace Layerwise.Tests.Networks;

/// <summary>What a service relies on where managed kernels run: no allocation, the same bits from any thread, results in memory of its own.</summary>
public sealed class ManagedTests : IDisposable
{
    private const int Samples = 3, Input = 2 * 8 * 8, Classes = 5;

    private static readonly float[] Batch = Numbers(Samples * Input, 7);

    private readonly Emitted _net = new(Model(), Emitted.Lrp("EpsilonPlusFlat") with { Backend = Compiler.Emit.Backend.Managed });

    public void Dispose() => _net.Dispose();

    [Fact]
    public void A_call_allocates_nothing()
    {
        using var source = new CancellationTokenSource();
        var (relevance, logits, target) = (new float[Batch.Length], new float[Samples * Classes], Target.PerSample(1, 0, 4));
        void Call()
        {
            _net.Network.Predict(Batch, logits);
            _net.Network.Predict(Batch, logits, source.Token);
            _net.Network.Explain(Batch, target, relevance, logits, InitialRelevance.Logit);
            _net.Network.Explain(Batch, Target.Top, relevance, [], InitialRelevance.OneHot);
            _net.Network.Explain(Batch, 3, relevance, [], InitialRelevance.OneHot, source.Token);
        }

        Call();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Call();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Every_thread_has_the_same_bits()
    {
        var expected = Relevance();
        Assert.Contains(expected, r => r != 0);
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => Assert.Equal(expected, Relevance()));
    }

    [Fact]
    public void A_batch_is_its_samples_to_the_last_bit()
    {
        var all = Relevance();
        for (var i = 0; i < Samples; i++)
        {
            var one = new float[Input];
            _net.Network.Explain(Batch.AsSpan(i * Input, Input), Target.Class(2), one, [], InitialRelevance.OneHot);
            Assert.Equal(all.AsSpan(i * Input, Input).ToArray(), one);
        }
    }

    [Fact]
    public void Numbers_and_tensors_of_an_explanation_are_the_same()
    {
        using var tensors = tensor(Batch, [Samples, 2, 8, 8]);
        using var why = _net.Network.Explain([tensors], 2, InitialRelevance.OneHot);
        using var numbers = _net.Network.Explain(Batch, 2, InitialRelevance.OneHot);
        Assert.Equal(Relevance(), numbers.RelevanceValues.ToArray());
        Assert.Equal(Relevance(), why.Relevance.data<float>().ToArray());
        Assert.Equal([Samples, 2, 8, 8], numbers.Relevance.shape);
        Assert.Equal(why.Logits.data<float>().ToArray(), numbers.LogitValues.ToArray());
        Assert.Equal(_net.Network.Predict(Batch), numbers.OutputValues.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => numbers.RelevanceValuesOf(1).Length);
    }

    [Fact]
    public void Room_that_does_not_fit_is_refused_with_both_sizes()
    {
        string Message(Action call) => Assert.ThrowsAny<ArgumentException>(call).Message;
        var (relevance, logits) = (new float[Batch.Length], new float[Samples * Classes]);
        Assert.Contains("room for 128", Message(() => _net.Network.Explain(Batch, 0, new float[Input], logits, InitialRelevance.OneHot)), StringComparison.Ordinal);
        Assert.Contains("room for 4", Message(() => _net.Network.Explain(Batch, 0, relevance, new float[4], InitialRelevance.OneHot)), StringComparison.Ordinal);
        Assert.Contains("room for 4", Message(() => _net.Network.Predict(Batch, new float[4])), StringComparison.Ordinal);
        Assert.Contains("multiple of 128", Message(() => _net.Network.Explain(Batch.AsSpan(1), 0, relevance, logits, InitialRelevance.OneHot)), StringComparison.Ordinal);
        Assert.Contains("0 to 4", Message(() => _net.Network.Explain(Batch, 5, relevance, logits, InitialRelevance.OneHot)), StringComparison.Ordinal);
        Assert.Contains("2 classes for a batch of 3", Message(() => _net.Network.Explain(Batch, Target.PerSample(0, 1), relevance, logits, InitialRelevance.OneHot)), StringComparison.Ordinal);
    }

    [Fact]
    public void Torch_writes_into_memory_of_the_callers_too()
    {
        using var torch = new Emitted(Model(), Emitted.Lrp("EpsilonPlusFlat") with { Backend = Compiler.Emit.Backend.Torch });
        var (relevance, logits) = (new float[Batch.Length], new float[Samples * Classes]);
        torch.Network.Explain(Batch, 2, relevance, logits, InitialRelevance.OneHot);
        var expected = Relevance();
        Assert.All(relevance.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-4f));
        var predicted = new float[Samples * Classes];
        torch.Network.Predict(Batch, predicted);
        Assert.Equal(logits, predicted);
    }

    [Fact]
    public void Another_device_than_the_CPU_is_refused()
    {
        using var weights = Weights.Open(_net.ModelPath, new Device(TorchSharp.DeviceType.CUDA));
        var error = Assert.Throws<ArgumentException>(() => (IDisposable)Activator.CreateInstance(_net.Network.GetType(), System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.DoNotWrapExceptions, null, [weights], null)!);
        Assert.Contains("Backend.Torch", error.Message, StringComparison.Ordinal);
    }

    private float[] Relevance()
    {
        var relevance = new float[Batch.Length];
        _net.Network.Explain(Batch, Target.Class(2), relevance, [], InitialRelevance.OneHot);
        return relevance;
    }

    // What moves values and broadcasts among them, since that is where memory is asked for.
    private static ModelBuilder Model() => new ModelBuilder().Input("x", "N", 2, 8, 8).Output("y", "N", Classes)
        .Tensor("w1", Numbers(108, 1), 6, 2, 3, 3).Tensor("b1", Numbers(6, 2), 6).Tensor("scale", Numbers(6, 3), 1, 6, 1, 1).Tensor("w2", Numbers(75, 4), 5, 15).Tensor("pads", new long[] { 0, 0, 1, 0, 0, 0, 0, 1 }, 8)
        .Tensor("starts", new long[] { 1 }, 1).Tensor("ends", new long[] { 4 }, 1).Tensor("axes", new long[] { 1 }, 1)
        .Node("Pad", "x pads", "padded").Node("Conv", "padded w1 b1", "c", "conv").Node("Relu", "c", "h").Node("Mul", "h scale", "m").Node("Sigmoid", "m", "s").Node("Concat", "s h", "j", null, ("axis", 1))
        .Node("MaxPool", "j", "p", "pool", ("kernel_shape", new[] { 2, 2 }), ("strides", new[] { 2, 2 })).Node("AveragePool", "p", "a", null, ("kernel_shape", new[] { 2, 2 }), ("strides", new[] { 2, 2 }))
        .Node("Slice", "a starts ends axes", "part").Node("Transpose", "part", "t", null, ("perm", new[] { 0, 2, 3, 1 })).Node("Flatten", "t", "f").Node("GlobalAveragePool", "j", "g").Node("Flatten", "g", "gf").Node("Concat", "f gf", "all", null, ("axis", 1))
        .Node("Gemm", "all w2", "y", "fc", ("transB", 1));

    private static float[] Numbers(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => MathF.Sin((i * i) + seed))];
}
