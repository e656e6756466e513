using System.CommandLine;
using static TorchSharp.torch;

namespace Layerwise.Tool.Commands;

/// <summary><c>layerwise run</c>: a model's output.</summary>
internal static class RunCommand
{
    private const int Best = 5;
    private const int MaxSamples = 20;

    public static Command Create()
    {
        var command = new Command("run", "Runs a model forward.");
        var options = new ModelOptions(command);
        var inputs = new Option<string[]>("--input")
        {
            Description = "An array [N, …]; NAME=FILE.npy where the model has several inputs. Repeatable.",
            HelpName = "[NAME=]FILE.npy",
            Required = true,
        };
        var output = new Option<string?>("--output", "-o") { Description = "Where to write the output; a summary is printed without it.", HelpName = "FILE.npy" };
        command.Add(inputs);
        command.Add(output);
        var json = JsonOption.Create();
        command.Add(json);
        command.SetAction(parse =>
        {
            var (standardOutput, error) = (parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error);
            OutputFile.Check(parse.GetValue(output));
            InputFile[] files = [.. parse.GetRequiredValue(inputs).Select(InputFile.Read)];
            using var host = Terminal.Working(error, "Compiling", () => options.LoadToPredict(parse));
            var outputs = host.Network.Outputs;
            if (parse.GetValue(output) is not null && outputs.Count > 1)
            {
                throw new ToolException($"the model has {outputs.Count} outputs, and --output writes one: choose it with --explain ({string.Join(", ", outputs.Select(o => $"'{o.Name}'"))})");
            }

            using var scope = NewDisposeScope();
            var results = host.Network.PredictAll(InputFile.Bind(files, host.Network.Inputs));
            Result[] named = [.. results.Zip(outputs, Result.Of)];
            if (parse.GetValue(output) is { } path)
            {
                Npy.Write(path, named[0].Shape, named[0].Values);
            }

            if (parse.GetValue(json))
            {
                standardOutput.WriteLine(ToJson(options.Model(parse), parse.GetValue(output), host.Compiled.Labels, named));
            }
            else if (parse.GetValue(output) is not null)
            {
                error.WriteLine($"wrote {parse.GetValue(output)} {Printable.Shape(named[0].Shape)}");
            }
            else
            {
                foreach (var result in named)
                {
                    Summarize(standardOutput, host, result);
                }
            }
        });
        return command;
    }

    private static string ToJson(string model, string? file, IReadOnlyList<string> labels, IReadOnlyList<Result> results) => Json.Object(json =>
    {
        json.WriteString("model", model);
        json.WriteString("file", file);
        Json.Objects(json, "outputs", results, result =>
        {
            json.WriteString("name", result.Name);
            Json.Shape(json, "shape", result.Shape);
            var classes = new Classes(result.Size, labels);
            Json.Objects(json, "samples", Enumerable.Range(0, result.Samples), sample => Json.Objects(json, "best", result.Best(sample), one =>
            {
                json.WriteNumber("index", one.Index);
                json.WriteString("label", classes.Label(one.Index));
                Json.Number(json, "value", one.Value);
            }));
        });
    });

    private static void Summarize(TextWriter output, ModelHost host, Result result)
    {
        var classes = new Classes(result.Size, host.Compiled.Labels);
        output.WriteLine($"{Printable.Line(result.Name)} {Printable.Shape(result.Shape)}");
        output.WriteLine();
        var table = Terminal.Table("sample", "index", "value", "label");
        for (var sample = 0; sample < Math.Min(result.Samples, MaxSamples); sample++)
        {
            foreach (var (index, value) in result.Best(sample))
            {
                table.Row($"{sample}", $"{index}", Printable.Number(value), classes.Label(index) ?? "");
            }
        }

        Terminal.For(output).Write(table);
        if (result.Samples > MaxSamples)
        {
            output.WriteLine($"and {result.Samples - MaxSamples} samples more: --output FILE.npy writes them all, --json lists them");
        }
    }

    /// <summary>One of a model's outputs.</summary>
    private sealed record Result(string Name, long[] Shape, float[] Values, int Samples)
    {
        public int Size => Values.Length / Samples;

        public static Result Of(Tensor tensor, Port port)
        {
            using var onCpu = tensor.to(ScalarType.Float32).contiguous();
            return new(port.Name, tensor.shape, onCpu.data<float>().ToArray(), port.IsBatched ? (int)tensor.shape[0] : 1);
        }

        /// <summary>The largest numbers of a sample, the first of equal ones first.</summary>
        public IEnumerable<(int Index, float Value)> Best(int sample) => Values.Skip(sample * Size).Take(Size).Select((value, index) => (index, value)).OrderByDescending(one => one.value).Take(RunCommand.Best);
    }
}
