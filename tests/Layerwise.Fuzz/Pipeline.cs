using Layerwise.Compiler;
using Layerwise.Compiler.Manifest;
using Layerwise.Onnx;

namespace Layerwise.Fuzz;

/// <summary>What was found wrong with Layerwise itself: the mutant that shows it, and what happened.</summary>
/// <param name="Number">The mutant.</param>
/// <param name="Origin">The model that it was made of.</param>
/// <param name="What">One line; alike for defects of one cause.</param>
/// <param name="Detail">Further lines.</param>
internal sealed record Defect(int Number, string Origin, string What, string Detail);

/// <summary>
/// From a file to code that compiles, and to open weights. Whatever the file holds, each step ends in its documented errors or in a result.
/// </summary>
internal sealed class Pipeline(string folder)
{
    // A mutant has some kilobytes; what a compiler needs for a whole network is far below.
    private const long MostAllocated = 1L << 28;
    private const int LongestMessage = 4096;
    private static readonly string[] Methods = ["lrp", "gradient", "predict"];

    private static readonly string[] s_composites = [.. Compiler.Relevance.Composite.Presets(new ExplainerSpec { ClassName = "Any" }).Select(c => c.Name)];

    private readonly List<(Mutant Mutant, IReadOnlyList<string> Sources)> _emitted = [];

    private bool _hasCode;

    /// <summary>How many of the mutants had code emitted for them.</summary>
    public int Emitted { get; private set; }

    /// <summary>Reads, compiles and parses a mutant and opens its weights. What is emitted is kept for <see cref="CompileAll"/>.</summary>
    public IReadOnlyList<Defect> Check(Mutant mutant)
    {
        var path = Path.Combine(folder, "mutant.onnx");
        File.WriteAllBytes(path, mutant.Bytes);
        var defects = new List<Defect>();
        _hasCode = false;
        var manifest = Step("reading", () => OnnxManifest.Read(path, "mutant.onnx", labelsPath: null), e => e is OnnxException);
        var model = manifest is null ? null : Step("parsing the manifest", () => ManifestParser.Parse(manifest), _ => false);
        if (manifest is not null && model is not null)
        {
            foreach (var method in Methods)
            {
                Compile(manifest, method);
            }
        }

        Emitted += _hasCode ? 1 : 0;
        Step<object>(
            "opening the weights",
            () =>
            {
                ReadWeights(path, model);
                return null;
            },
            e => e is ModelFileException && (model is null || !e.Message.Contains(" twice.", StringComparison.Ordinal)));
        return defects;

        void Compile(string text, string method)
        {
            var spec = new ExplainerSpec { Namespace = "Fuzz", ClassName = $"M{mutant.Number}{method}", Method = method, Composite = s_composites[mutant.Number % s_composites.Length] };
            if (Step($"compiling for {method}", () => NetworkCompiler.Compile(text, spec), _ => false) is not { } network)
            {
                return;
            }

            foreach (var problem in network.Problems)
            {
                if (problem.Id == "LW0900" || !problem.Id.StartsWith("LW0", StringComparison.Ordinal) || problem.Message.Length > LongestMessage)
                {
                    Report($"a problem {problem.Id} of {(problem.Message.Length > LongestMessage ? "endless" : "no")} use", problem.Message[..Math.Min(problem.Message.Length, 500)]);
                }
            }

            // Where there is no network, the other methods' stubs are the same.
            string[] sources = network.NetworkSource is { } source ? [source, network.ExplainerSource] : method == Methods[0] ? [network.ExplainerSource] : [];
            foreach (var complaint in sources.Select(CSharp.FirstError).OfType<string>())
            {
                Report("emitted code does not parse", complaint);
                return;
            }

            _hasCode |= network.NetworkSource is not null;
            _emitted.Add((mutant, sources));
        }

        T? Step<T>(string step, Func<T?> run, Func<Exception, bool> documented)
            where T : class
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                return run();
            }
            catch (Exception e) when (documented(e))
            {
                if (e.Message.Length > LongestMessage || e.Message.Contains('\n', StringComparison.Ordinal))
                {
                    Report($"{step}: a message of {(e.Message.Length > LongestMessage ? "endless length" : "several lines")}", e.Message[..Math.Min(e.Message.Length, 500)]);
                }
            }
#pragma warning disable CA1031 // Whatever else escapes is what is looked for.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Report($"{step}: {e.GetType().Name} {e.StackTrace?.Split('\n').FirstOrDefault(l => l.Contains("Layerwise", StringComparison.Ordinal))?.Split(" in ")[0].Trim()}", e.ToString());
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > MostAllocated)
            {
                Report($"{step}: too much memory", $"{allocated >> 20} MiB for a file of {mutant.Bytes.Length >> 10} KiB");
            }

            return null;
        }

        void Report(string what, string detail) => defects.Add(new Defect(mutant.Number, mutant.Origin, what, detail));
    }

    /// <summary>Compiles what was emitted since the last time, all together; one that does not compile is found by itself.</summary>
    public IEnumerable<Defect> CompileAll()
    {
        var emitted = _emitted.ToList();
        _emitted.Clear();
        return CSharp.Compile(emitted.SelectMany(e => e.Sources)).Count == 0
            ? []
            : emitted.Select(e => (e.Mutant, Complaints: CSharp.Compile(e.Sources))).Where(e => e.Complaints.Count > 0)
                .Select(e => new Defect(e.Mutant.Number, e.Mutant.Origin, $"emitted code does not compile: {e.Complaints[0].Split(": ", 2)[^1]}", string.Join('\n', e.Complaints)));
    }

    /// <summary>Opens the weights and reads those that a network would read.</summary>
    private static void ReadWeights(string path, GraphManifest? model)
    {
        const long MostElements = 1 << 16;
        using var weights = Weights.Open(path);
        foreach (var tensor in model?.Tensors ?? [])
        {
            if (tensor.Type.Contains("float", StringComparison.Ordinal) && tensor.Shape.All(d => d < MostElements) && tensor.Shape.Aggregate(1.0, (a, b) => a * b) < MostElements)
            {
                var weight = weights.Read(tensor.Name, [.. tensor.Shape]);
                weight.CopyTo(new float[weight.Count]);
            }
        }
    }
}
