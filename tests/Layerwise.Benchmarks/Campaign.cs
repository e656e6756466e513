using System.Diagnostics;
using Layerwise.Compiler;
using Layerwise.Oracle.Onnx;
using Layerwise.Tool;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Benchmarks;

/// <summary>Every network: its subjects, timed in turn.</summary>
internal static class Campaign
{
    private static readonly string[] Composites = ["EpsilonPlusFlat", "EpsilonGammaBox", "EpsilonAlpha2Beta1Flat"];
    private static readonly string[] OnTwoThreads = ["resnet18", "resnet50", "vgg16"];

    public static BenchmarkReport Run(IReadOnlyList<Zoo> zoo, bool quick, Device device, TextWriter progress)
    {
        set_num_threads(1);
        var machine = IsHost(device) ? Machine.Measure() : Machine.Measure(device);
        var report = new BenchmarkReport(machine, [], [], []);
        var folder = Directory.CreateTempSubdirectory("layerwise-bench-");
        try
        {
            // What the first network of a process brings into memory is not the next one's.
            var first = Zoo.All[^1];
            new Loaded(first.Write().Save(Path.Combine(folder.FullName, "first.onnx")), "lrp", Composites[0], 1, null, first, device).Dispose();
            foreach (var entry in zoo)
            {
                progress.WriteLine($"{entry.Name} …");
                Measure(entry, machine, quick, device, folder.FullName, report);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return report;
    }

    private static void Measure(Zoo entry, Machine machine, bool quick, Device device, string folder, BenchmarkReport report)
    {
        var model = entry.Write();
        var path = model.Save(Path.Combine(folder, entry.Name + ".onnx"));
        var proto = model.Model;
        using var torch = new TorchNetwork(proto, device);
        using var network = new Loaded(path, "predict", null, 1, report, entry, device);

        // oneDNN chooses layouts for a number of threads.
        var isWide = IsHost(device) && OnTwoThreads.Contains(entry.Name);
        using var wideNetwork = isWide ? new Loaded(path, "predict", null, 2, null, entry, device) : null;
        using var wideExplainer = isWide ? new Loaded(path, "lrp", "EpsilonPlusFlat", 2, null, entry, device) : null;
        using var runtime = IsHost(device) ? new OnnxRuntimeNetwork(path, threads: 1) : null;
        var explainers = Composites.ToDictionary(c => c, c => new Loaded(path, "lrp", c, 1, report, entry, device));
        try
        {
            foreach (var batch in quick ? [1L] : new[] { 1L, 8 })
            {
                using var drawn = randn([batch, .. entry.Sample], generator: new Generator(5));
                using var x = drawn.to(device, copy: true);

                // Where a call's own cost counts, from numbers into memory of the caller's, as a small network is called.
                var (numbers, logits) = (drawn.data<float>().ToArray(), new float[batch * network.Network.Logits.Size]);
                var relevance = new float[numbers.Length];
                void Predict(Layerwise.Runtime.Network net)
                {
                    if (entry.IsSmall)
                    {
                        net.Predict(numbers, logits);
                    }
                    else
                    {
                        net.Predict(x).Dispose();
                    }
                }

                void Explain(Layerwise.Runtime.Network net)
                {
                    if (entry.IsSmall)
                    {
                        net.Explain(numbers, Target.Top, relevance, logits, InitialRelevance.OneHot);
                    }
                    else
                    {
                        net.Explain([x], Target.Top, InitialRelevance.OneHot).Dispose();
                    }
                }

                List<Subject> subjects =
                [
                    Subject("forward", () => Predict(network.Network)),
                    .. runtime is null ? Array.Empty<Subject>() : [Subject("forward-onnxruntime", () => runtime.Run(x))],
                    Subject("forward-torchsharp", () => torch.Forward(x)),
                    Subject("gradient-autograd", () => torch.Gradient(x)),
                    .. Composites.Select(c => Subject($"lrp-autograd:{c}", () => torch.Relevance(x, c))),
                    .. Composites.Select(c => Subject($"explain:{c}", () => Explain(explainers[c].Network))),
                    Subject("explain8:EpsilonPlusFlat", () => Eight(explainers["EpsilonPlusFlat"].Network, x)),
                ];
                if (batch == 1 && wideNetwork is not null && wideExplainer is not null)
                {
                    subjects.AddRange(
                    [
                        Subject("forward", () => wideNetwork.Network.Predict(x).Dispose(), threads: 2),
                        Subject("explain:EpsilonPlusFlat", () => wideExplainer.Network.Explain([x], Target.Top, InitialRelevance.OneHot).Dispose(), threads: 2),
                    ]);
                }

                if (batch == 1 && entry.Soak > 0)
                {
                    report.Soaks.Add(Soak(entry, explainers["EpsilonPlusFlat"], x));
                }

                report.Results.AddRange(Measurement.Run(subjects, quick ? (3, 15) : (7, 51), entry.IsSmall ? 3 : quick ? 12 : 60));
                report.Results.AddRange(Composites.Select(c => Floored($"floor:{c}", Floor.Seconds(proto, batch, c, machine), batch)).Prepend(Floored("floor:forward", Floor.Seconds(proto, batch, null, machine), batch)));

                // A device is given its work, and done with it later.
                Subject Subject(string variant, Action run, int threads = 1) => new(entry.Name, batch, threads, variant, IsHost(device) ? run : () =>
                {
                    run();
                    cuda.synchronize(device);
                });
            }
        }
        finally
        {
            foreach (var explainer in explainers.Values)
            {
                explainer.Dispose();
            }
        }

        Result Floored(string variant, double seconds, long batch) => new(entry.Name, batch, 1, variant, 1000 * seconds, 1000 * seconds, 0, 0);
    }

    private static bool IsHost(Device device) => device.type == DeviceType.CPU;

    // Resident memory after the first half of the calls, when the runtime has compiled and sized all it will, and after all.
    private static Soak Soak(Zoo entry, Loaded explainer, Tensor x)
    {
        var before = 0L;
        for (var call = 0; call < entry.Soak; call++)
        {
            before = call == entry.Soak / 2 ? Measurement.Resident() : before;
            explainer.Explain(x);
        }

        return new Soak(entry.Name, entry.Soak, Measurement.Resident() - before);
    }

    // The first eight classes in one call, or as many as there are.
    private static void Eight(Layerwise.Runtime.Network network, Tensor x)
    {
        foreach (var explanation in network.ExplainEach([x], [.. Enumerable.Range(0, (int)Math.Min(8, network.Logits.Shape[^1])).Select(Target.Class)], InitialRelevance.OneHot))
        {
            explanation.Dispose();
        }
    }

    /// <summary>An emitted network, loaded; how long that took goes into the report.</summary>
    private sealed class Loaded : IDisposable
    {
        private readonly NetworkAssembly _assembly;
        private readonly Weights _weights;
        private readonly bool _explains;

        public Loaded(string path, string method, string? composite, int threads, BenchmarkReport? report, Zoo entry, Device device)
        {
            set_num_threads(threads);
            _explains = composite is not null;
            var spec = new ExplainerSpec { ClassName = "Net", Method = method, Low = new([-3]), High = new([3]), Backend = IsHost(device) ? "auto" : "torch" };
            spec = composite is null ? spec : spec with { Composite = composite };
            var clock = Stopwatch.StartNew();
            var compiled = ModelHost.Compile(path, labels: null, spec);
            _assembly = NetworkAssembly.Build(compiled);
            var build = clock.Elapsed.TotalMilliseconds;
            var before = Measurement.Resident();
            clock.Restart();
            _weights = Weights.Open(path, device);
            Network = _assembly.Create(compiled, _weights);
            var load = clock.Elapsed.TotalMilliseconds;

            // Weights are laid out by the first call.
            using (var x = zeros([1, .. entry.Sample], device: device))
            {
                Explain(x);
            }

            report?.Loads.Add(new Load(entry.Name, composite ?? method, build, load, clock.Elapsed.TotalMilliseconds - load, Measurement.Resident() - before, new FileInfo(path).Length));
        }

        public Layerwise.Runtime.Network Network { get; }

        /// <summary>Explains the arg-max, or predicts where the network only does that.</summary>
        public void Explain(Tensor x)
        {
            if (_explains)
            {
                Network.Explain([x], Target.Top, InitialRelevance.OneHot).Dispose();
            }
            else
            {
                Network.Predict(x).Dispose();
            }
        }

        public void Dispose()
        {
            Network.Dispose();
            _weights.Dispose();
            _assembly.Dispose();
        }
    }

    /// <summary>The same model in ONNX Runtime.</summary>
    private sealed class OnnxRuntimeNetwork : IDisposable
    {
        private readonly SessionOptions _options;
        private readonly InferenceSession _session;
        private readonly RunOptions _run = new();

        public OnnxRuntimeNetwork(string path, int threads)
        {
            _options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
            _session = new InferenceSession(path, _options);
        }

        public void Run(Tensor x)
        {
            using var value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(x.bytes).ToArray().AsMemory(), x.shape);
            using var outputs = _session.Run(_run, [_session.InputNames[0]], [value], [_session.OutputNames[0]]);
        }

        public void Dispose()
        {
            _session.Dispose();
            _options.Dispose();
            _run.Dispose();
        }
    }
}
