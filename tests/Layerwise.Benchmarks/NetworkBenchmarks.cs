using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Layerwise.Compiler;
using Layerwise.Tool;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Benchmarks;

/// <summary>
/// One call of one network, by BenchmarkDotNet: its statistics, its bytes a call. For work on one kernel; the campaign compares, as it times calls in turn.
/// </summary>
[MemoryDiagnoser]
public class NetworkBenchmarks
{
    private DirectoryInfo? _folder;
    private ModelHost? _forward, _explainer;
    private Tensor? _input;

    /// <summary>The networks that <see cref="Run"/> was asked for.</summary>
    public static IReadOnlyList<string> Names { get; private set; } = [];

    [ParamsSource(nameof(Names))]
    public string Network { get; set; } = "";

    [Params("EpsilonPlusFlat", "EpsilonGammaBox", "EpsilonAlpha2Beta1Flat")]
    public string Composite { get; set; } = "";

    /// <summary>Runs them in this process, in which libtorch is loaded already.</summary>
    internal static void Run(IReadOnlyList<string> names)
    {
        Names = names;
        BenchmarkDotNet.Running.BenchmarkRunner.Run<NetworkBenchmarks>(ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddLogger(ConsoleLogger.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddExporter(MarkdownExporter.GitHub));
    }

    [GlobalSetup]
    public void Load()
    {
        set_num_threads(1);
        var entry = Zoo.All.Single(z => z.Name == Network);
        _folder = Directory.CreateTempSubdirectory("layerwise-bench-");
        var path = entry.Write().Save(Path.Combine(_folder.FullName, entry.Name + ".onnx"));
        var spec = new ExplainerSpec { ClassName = "Net", Composite = Composite, Low = new([-3]), High = new([3]) };
        _forward = ModelHost.Load(path, labels: null, spec with { Method = "predict" });
        _explainer = ModelHost.Load(path, labels: null, spec);
        using var generator = new Generator(5);
        _input = randn([1, .. entry.Sample], generator: generator);
    }

    [GlobalCleanup]
    public void Free()
    {
        _forward?.Dispose();
        _explainer?.Dispose();
        _input?.Dispose();
        _folder?.Delete(recursive: true);
    }

    [Benchmark(Baseline = true)]
    public void Forward() => _forward!.Network.Predict([_input!]).Dispose();

    [Benchmark]
    public void Explain() => _explainer!.Network.Explain([_input!], Target.Top, InitialRelevance.OneHot).Dispose();
}
