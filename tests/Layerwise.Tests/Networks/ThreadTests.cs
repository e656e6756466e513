using Layerwise.Compiler;
using Layerwise.Evidence;
using Layerwise.Kernels;
using Layerwise.Runtime;
using Layerwise.Testing;
using Layerwise.Tool;
using static TorchSharp.torch;

namespace Layerwise.Tests.Networks;

/// <summary>A network uses as many threads as it was loaded with, and leaves those of others alone.</summary>
public sealed class ThreadTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("layerwise-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    public void A_call_has_the_threads_that_the_network_was_loaded_with(int threads, bool isPortable)
    {
        var before = get_num_threads();
        OneDnn.IsOff.Value = isPortable;
        var within = new Clock();
        using var network = Load("torch", threads, out var assembly);
        using (assembly)
        using (var x = rand(1, 4))
        {
            using var why = network.Explain([x], Target.Top, new ExplainOptions { Audit = new AuditOptions { Clock = within } });
            using var output = network.Predict(x);
            Assert.Equal(threads, why.ToAuditRecord(network).Execution.Threads);
        }

        Assert.Equal([threads], within.Threads);
        Assert.Equal(before, get_num_threads());
    }

    [Fact]
    public void A_call_that_fails_sets_the_threads_back()
    {
        var before = get_num_threads();
        using var network = Load("torch", before + 1, out var assembly);
        using (assembly)
        using (var x = rand(1, 5))
        {
            Assert.Throws<ShapeException>(() => network.Predict(x));
        }

        Assert.Equal(before, get_num_threads());
    }

    [Fact]
    public void Managed_kernels_take_any_number()
    {
        using var network = Load("managed", 3, out var assembly);
        using (assembly)
        {
            Assert.Equal(2, network.Predict([1f, 2, 3, 4]).Length);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData(1025)]
    public void Numbers_of_threads_that_cannot_be_are_refused(int threads)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Weights.Open(Model(), threads: threads));
        Assert.Equal(("threads", (object)threads), (error.ParamName, error.ActualValue));
    }

    private Network Load(string backend, int threads, out NetworkAssembly assembly)
    {
        var path = Model();
        var compiled = ModelHost.Compile(path, labels: null, Emitted.Lrp("EpsilonPlus") with { Backend = backend });
        var built = assembly = NetworkAssembly.Build(compiled);
        return Network.Create(Weights.Open(path, threads: threads), weights => built.Create(compiled, weights));
    }

    private string Model() => new ModelBuilder(opset: 17).Input("x", ["N", 4]).Tensor("w", [1f, 2, 3, 4, -1, -2, -3, -4], 4, 2).Node("MatMul", "x w", "y", "fc").Output("y", ["N", 2]).Save(Path.Combine(_folder.FullName, "net.onnx"));

    /// <summary>Is asked for the time within a call.</summary>
    private sealed class Clock : TimeProvider
    {
        public List<int> Threads { get; } = [];

        public override DateTimeOffset GetUtcNow()
        {
            Threads.Add(get_num_threads());
            return base.GetUtcNow();
        }
    }
}
