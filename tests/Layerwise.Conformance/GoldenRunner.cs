using Layerwise.Compiler;
using Layerwise.Onnx;
using Layerwise.Runtime;
using Layerwise.Tool;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Conformance;

/// <summary>Emits a network for every explanation, compiles many at a time, explains and compares.</summary>
internal static class GoldenRunner
{
    private const int ExplanationsAtATime = 100;

    public static IReadOnlyList<Outcome> Run(IReadOnlyList<Golden> goldens, string backend, Device device, TextWriter progress)
    {
        var outcomes = new List<Outcome>();
        foreach (var chunk in goldens.Chunk(ExplanationsAtATime))
        {
            outcomes.AddRange(RunTogether(chunk, backend, device));
            progress.WriteLine($"{outcomes.Count} of {goldens.Count} explanations");
        }

        return outcomes;
    }

    /// <summary>A network to explain with; several explanations may share it.</summary>
    private sealed record Wanted(string Model, ExplainerSpec Spec);

    private static IEnumerable<Outcome> RunTogether(Golden[] goldens, string backend, Device device)
    {
        var networks = new Dictionary<Wanted, CompiledNetwork>();
        var asked = goldens.Select(golden => (Golden: golden, Outcome: Guard(golden, () =>
        {
            foreach (var wanted in Wants(golden).Where(w => !networks.ContainsKey(w)))
            {
                networks[wanted] = ModelHost.Compile(wanted.Model, labels: null, wanted.Spec with { ClassName = $"Network{networks.Count}", Namespace = "Conformance", Backend = backend });
            }

            return Wants(golden).Select(w => networks[w]).FirstOrDefault(n => n.Problems.Count > 0) is { } refused
                ? Outcome(golden, "unsupported", null, Runner.Reason(refused.Problems[0]))
                : Outcome(golden, "passed", null, "");
        }))).ToList();

        NetworkAssembly assembly;
        try
        {
            assembly = NetworkAssembly.Build([.. networks.Values.Where(n => n.Problems.Count == 0)]);
        }
        catch (ToolException) when (goldens.Length > 1)
        {
            // One of them does not compile: halves find it.
            return [.. RunTogether(goldens[..(goldens.Length / 2)], backend, device), .. RunTogether(goldens[(goldens.Length / 2)..], backend, device)];
        }
        catch (ToolException e)
        {
            return [Outcome(goldens[0], "failed", null, e.Message)];
        }

        using (assembly)
        {
            return [.. asked.Select(a => a.Outcome.Status != "passed" ? a.Outcome : Wants(a.Golden).Select(wanted => Guard(a.Golden, () =>
            {
                using var scope = NewDisposeScope();
                using var weights = Weights.Open(wanted.Model, device);
                using var network = assembly.Create(networks[wanted], weights);
                return Compare(a.Golden, network, Path.GetFileName(wanted.Model));
            })).MaxBy(o => (o.Status == "passed" ? 0 : 1, o.Error ?? double.PositiveInfinity))!)];
        }
    }

    private static IEnumerable<Wanted> Wants(Golden golden) => golden.Models.Select(model => new Wanted(model, golden.Spec(() => LinearLayers(model))));

    /// <summary>The names of a network's linear layers in the order in which they run.</summary>
    private static List<string> LinearLayers(string model)
        => [.. ModelHost.Compile(model, labels: null, new ExplainerSpec { ClassName = "_", Method = "predict" }).Layers
            .Where(l => l.Op.Split(' ')[0] is "Conv" or "ConvTranspose" or "Gemm" or "MatMul").Select(l => l.Name)];

    private static Outcome Compare(Golden golden, Network network, string model)
    {
        var expected = golden.Load(golden.Text("file"));
        var actual = Explain(golden, network, golden.Load("input.npy")).cpu();
        var sums = golden.IsUnstable && actual.shape.AsSpan().SequenceEqual(expected.shape);
        var error = sums ? Tensors.Relative(Sums(actual), Sums(expected)) : Tensors.Relative(actual, expected);
        return error <= golden.Tolerance
            ? Outcome(golden, "passed", error, "")
            : Outcome(golden, "failed", error, $"{model}: {Runner.Where("relevance", actual, expected)}");
    }

    private static Tensor Sums(Tensor relevance) => relevance.to(ScalarType.Float64).flatten(1).sum(1);

    private static Tensor Explain(Golden golden, Network network, Tensor input)
    {
        var parameters = golden.Parameters.TryGetProperty("attributor_parameters", out var own) ? own : golden.Parameters;
        double Number(string name, double otherwise) => parameters.TryGetProperty(name, out var value) ? value.GetDouble() : otherwise;
        long[] Numbers(string name) => [.. parameters.GetProperty(name).EnumerateArray().Select(n => n.GetInt64())];
        var baseline = tensor((float)Number("baseline", 0));
        switch (golden.Method)
        {
            case "zennit.IntegratedGradients":
                return network.IntegratedGradients(input, golden.Target, baseline, (int)Number("n_iter", 20), PathRule.Right).Relevance;
            case "captum.IntegratedGradients":
                // Captum's trapezoids weigh 1/n where they are n − 1.
                var (steps, gauss) = ((int)Number("n_steps", 50), parameters.GetProperty("method").GetString() == "gausslegendre");
                return network.IntegratedGradients(input, golden.Target, baseline, steps, gauss ? PathRule.GaussLegendre : PathRule.Trapezoid).Relevance.mul(gauss ? 1 : (steps - 1.0) / steps);
            case "zennit.SmoothGrad":
                return network.SmoothGrad(input, golden.Load(golden.Text("noise_file")), golden.Target, Number("noise_level", 0.1)).Relevance;
            case "captum.Occlusion":
                return network.Occlusion(input, Numbers("window"), Numbers("strides"), golden.Target, baseline).Relevance;
            case "zennit.Occlusion":
                return ZennitOcclusion(golden, network, input, Numbers("window"), Numbers("stride"), parameters.TryGetProperty("invert", out var invert) && invert.GetBoolean());
            case "captum.FeatureAblation":
                // Every element alone unless a mask puts them into groups.
                var groups = parameters.TryGetProperty("feature_mask", out var file) ? golden.Load(file.GetString()!).squeeze(0) : arange(input[0].numel(), ScalarType.Float32).reshape(input.shape[1..]);
                var masks = Enumerable.Range(0, (int)groups.max().item<float>() + 1).Select(g => groups.eq(g)).ToList();
                var drops = network.Ablation(input, masks, golden.Target, baseline).cpu();
                return masks.Select((mask, i) => mask.mul(Aligned(drops[i], input))).Aggregate((a, b) => a.add(b));
        }

        var initial = golden.Text("initial_relevance");
        return initial.StartsWith("file", StringComparison.Ordinal)
            ? network.Propagate([input], golden.Load(initial.Split(' ')[1])).Relevance
            : network.Explain([input], golden.Target, initial.StartsWith("logit", StringComparison.Ordinal) ? InitialRelevance.Logit : InitialRelevance.OneHot).Relevance;
    }

    /// <summary>The score that is left rather than what it lost, summed over windows that go round at the end; the window is what is kept unless inverted.</summary>
    private static Tensor ZennitOcclusion(Golden golden, Network network, Tensor input, long[] window, long[] stride, bool invert)
    {
        IEnumerable<long[]> corners = [[]];
        var sizes = input.shape[1..];
        corners = sizes.Select((size, axis) => (size, step: stride[axis])).Aggregate(corners, (all, axis) => all.SelectMany(c => Enumerable.Range(0, (int)((axis.size + axis.step - 1) / axis.step)).Select(i => (long[])[.. c, i * axis.step])));
        var masks = corners.Select(corner =>
        {
            var mask = zeros(sizes, ScalarType.Bool);
            window.Select((size, axis) => (size, axis)).Aggregate(mask, (part, w) => part.narrow(w.axis, 0, w.size)).fill_(true);
            return mask.roll(corner, (long[])[.. sizes.Select((_, axis) => (long)axis)]);
        }).ToList();
        var drops = network.Ablation(input, [.. masks.Select(m => invert ? m : m.logical_not())], golden.Target).cpu();
        var logits = network.PredictLogits([input]).cpu().flatten(1);
        var score = logits.gather(1, tensor(golden.Json.GetProperty("target").EnumerateArray().Select(t => t.GetInt64()).ToArray(), [input.shape[0], 1])).flatten();
        return masks.Select((mask, i) => mask.mul(Aligned(score.sub(drops[i]), input))).Aggregate((a, b) => a.add(b));
    }

    private static Tensor Aligned(Tensor perSample, Tensor input) => perSample.reshape([-1, .. input.shape[1..].Select(_ => 1L)]);

    private static Outcome Guard(Golden golden, Func<Outcome> run)
    {
        try
        {
            return run();
        }
        catch (Exception e) when (e is UnsupportedDataException or OnnxException)
        {
            return Outcome(golden, "unsupported", null, e.Message);
        }
#pragma warning disable CA1031 // A crash is a failure of the explanation, not of the run.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Outcome(golden, "failed", null, $"{e.GetType().Name}: {e.Message.Split('\n')[0]}");
        }
    }

    private static Outcome Outcome(Golden golden, string status, double? error, string reason) => new(golden.Case, golden.Id, golden.Method, status, error, golden.Tolerance, reason);
}
