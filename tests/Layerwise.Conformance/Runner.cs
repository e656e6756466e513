using System.Globalization;
using Google.Protobuf;
using Layerwise.Compiler;
using Layerwise.Onnx;
using Layerwise.Oracle.Onnx;
using Layerwise.Tool;
using static TorchSharp.torch;

namespace Layerwise.Conformance;

/// <summary>Emits every model, compiles many at a time, runs them and compares.</summary>
internal static class Runner
{
    private const int NetworksAtATime = 100;
    private const string Method = "forward";

    public static IReadOnlyList<Outcome> Run(IReadOnlyList<Case> cases, string backend, Device device, TextWriter progress)
    {
        var folder = Directory.CreateTempSubdirectory("layerwise-conformance-");
        var outcomes = new List<Outcome>();
        try
        {
            foreach (var chunk in cases.Chunk(NetworksAtATime))
            {
                var emitted = chunk.Select((c, i) => Emit(c, $"Case{i}", backend, folder, outcomes)).OfType<Emitted>().ToList();
                RunTogether(emitted, device, outcomes);
                progress.WriteLine($"{Math.Min(cases.Count, outcomes.Select(o => o.Case).Distinct().Count())} of {cases.Count} cases");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        var order = cases.Select((c, i) => (c.Name, i)).ToDictionary(c => c.Name, c => c.i);
        return [.. outcomes.OrderBy(o => order[o.Case])];
    }

    /// <summary>A case whose network is emitted; the model file may be a copy with inputs fixed.</summary>
    private sealed record Emitted(Case Case, CompiledNetwork Network, string ModelPath, DataSet Data, IReadOnlyList<DataSet> All, IReadOnlyList<string> Fixed);

    private static Emitted? Emit(Case @case, string className, string backend, DirectoryInfo folder, List<Outcome> outcomes)
    {
        try
        {
            var data = @case.DataSets();
            if (data.Count == 0)
            {
                outcomes.Add(new Outcome(@case.Name, "", Method, "unsupported", null, null, "no data to compare with"));
                return null;
            }

            var path = @case.ModelPath;
            var held = new List<string>();
            while (true)
            {
                var network = ModelHost.Compile(path, labels: null, new ExplainerSpec { ClassName = className, Namespace = "Conformance", Method = "predict", Backend = backend });
                if (network.Problems.Count == 0)
                {
                    return new Emitted(@case, network, path, data[0], data, held);
                }

                // What must be known when compiling, and what only exporters' weights can be, is fixed to its value in the data.
                var problem = network.Problems[0];
                var inputs = problem.Inputs.Where(i => data[0].Inputs.TryGetValue(i, out var value) && (i == problem.Constant || !value.is_floating_point())).Except(held).ToList();
                if (inputs.Count == 0)
                {
                    outcomes.Add(new Outcome(@case.Name, data[0].Id, Method, "unsupported", null, null, Reason(network.Problems[0])));
                    return null;
                }

                held.AddRange(inputs);
                path = Fix(@case, held, Path.Combine(folder.FullName, $"{className}-{held.Count}.onnx"));
            }
        }
        catch (Exception e) when (e is OnnxException or UnsupportedDataException)
        {
            outcomes.Add(new Outcome(@case.Name, "", Method, "unsupported", null, null, e.Message.Replace($"'{@case.ModelPath}': ", "", StringComparison.Ordinal)));
        }
#pragma warning disable CA1031 // A crash of the compiler is a failure of the case, not of the run.
        catch (Exception e)
#pragma warning restore CA1031
        {
            outcomes.Add(new Outcome(@case.Name, "", Method, "failed", null, null, $"{e.GetType().Name}: {e.Message}"));
        }

        return null;
    }

    /// <summary>A copy of the model with the first data set's inputs as weights.</summary>
    private static string Fix(Case @case, List<string> inputs, string path)
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(@case.ModelPath));
        var data = Path.Combine(Path.GetDirectoryName(@case.ModelPath)!, "test_data_set_0");
        var names = model.Graph.Input.Select(i => i.Name).ToList();
        foreach (var input in inputs)
        {
            var tensor = TensorProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(data, $"input_{names.IndexOf(input)}.pb")));
            tensor.Name = input;
            model.Graph.Initializer.Add(tensor);
            model.Graph.Input.Remove(model.Graph.Input.Single(i => i.Name == input));
        }

        File.WriteAllBytes(path, model.ToByteArray());
        return path;
    }

    private static void RunTogether(List<Emitted> emitted, Device device, List<Outcome> outcomes)
    {
        try
        {
            using var assembly = NetworkAssembly.Build([.. emitted.Select(e => e.Network)]);
            outcomes.AddRange(emitted.SelectMany(e => Compare(e, assembly, device)));
        }
        catch (ToolException) when (emitted.Count > 1)
        {
            // One of them does not compile: halves find it.
            RunTogether(emitted[..(emitted.Count / 2)], device, outcomes);
            RunTogether(emitted[(emitted.Count / 2)..], device, outcomes);
        }
        catch (ToolException e)
        {
            outcomes.Add(new Outcome(emitted[0].Case.Name, emitted[0].Data.Id, Method, "failed", null, null, e.Message));
        }
    }

    private static IEnumerable<Outcome> Compare(Emitted emitted, NetworkAssembly assembly, Device device)
    {
        var (name, tolerance) = (emitted.Case.Name, emitted.Case.Tolerance);
        foreach (var data in emitted.All.Take(emitted.Fixed.Count > 0 ? 1 : emitted.All.Count))
        {
            Outcome outcome;
            try
            {
                using var scope = NewDisposeScope();
                using var weights = Weights.Open(emitted.ModelPath, device);
                using var network = assembly.Create(emitted.Network, weights);
                Tensor[] outputs = [.. network.PredictAll([.. network.Inputs.Select(i => data.Inputs[i.Name].to(i.Type))]).Select(o => o.cpu())];
                var worst = data.Outputs.Select(expected =>
                {
                    var index = emitted.Network.Outputs.ToList().FindIndex(o => o.Name == expected.Key);
                    return (Error: emitted.Case.Measure(outputs[index], expected.Value), Where: Where(expected.Key, outputs[index], expected.Value));
                }).MaxBy(o => o.Error);
                var passed = worst.Error <= tolerance;
                var held = emitted.Fixed.Count > 0 ? $"fixed: {string.Join(", ", emitted.Fixed)}" : "";
                outcome = new Outcome(name, data.Id, Method, passed ? "passed" : "failed", worst.Error, tolerance, passed ? held : worst.Where);
            }
#pragma warning disable CA1031 // As above.
            catch (Exception e)
#pragma warning restore CA1031
            {
                outcome = new Outcome(name, data.Id, Method, "failed", null, null, $"{e.GetType().Name}: {e.Message.Split('\n')[0]}");
            }

            yield return outcome;
        }
    }

    internal static string Where(string output, Tensor actual, Tensor expected)
    {
        if (!actual.shape.AsSpan().SequenceEqual(expected.shape))
        {
            return $"'{output}' is [{string.Join(", ", actual.shape)}], not [{string.Join(", ", expected.shape)}]";
        }

        if (actual.is_floating_point() != expected.is_floating_point())
        {
            return $"'{output}' is of type {actual.dtype}, not {expected.dtype}";
        }

        using var scope = NewDisposeScope();
        var (a, e) = (actual.to(ScalarType.Float64).flatten(), expected.to(ScalarType.Float64).flatten());
        var at = a.numel() == 0 ? 0 : a.sub(e).abs().nan_to_num(double.MaxValue).argmax().item<long>();
        return a.numel() == 0 ? $"'{output}'" : string.Create(CultureInfo.InvariantCulture, $"'{output}' element {at} is {a[at].item<double>():G6}, not {e[at].item<double>():G6}");
    }

    // Without the node's name, so that reasons group.
    internal static string Reason(Problem problem)
    {
        var text = System.Text.RegularExpressions.Regex.Replace(problem.Message, " node '[^']*'", "");
        text = System.Text.RegularExpressions.Regex.Replace(text, @"^'[^']*' has operators that are not supported: (.*?)\. Export.*$", m => "operator " + System.Text.RegularExpressions.Regex.Replace(m.Groups[1].Value, @" \('.*?'\)", ""));
        return $"{problem.Id}: {text}";
    }
}
