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
            for (var i = 0; i < results.Length; i++)
            {
                using var result = results[i];
                var values = result.to(ScalarType.Float32).contiguous().data<float>().ToArray();
                if (parse.GetValue(output) is { } path)
                {
                    Npy.Write(path, result.shape, values);
                    error.WriteLine($"wrote {path} {Printable.Shape(result.shape)}");
                    return;
                }

                Summarize(standardOutput, host, outputs[i], result.shape, values);
            }
        });
        return command;
    }

    private static void Summarize(TextWriter output, ModelHost host, Port port, long[] shape, float[] values)
    {
        var samples = port.IsBatched ? (int)shape[0] : 1;
        var size = values.Length / samples;
        var classes = new Classes(size, host.Compiled.Labels);
        output.WriteLine($"{Printable.Line(port.Name)} {Printable.Shape(shape)}");
        output.WriteLine();
        var table = Terminal.Table("sample", "index", "value", "label");
        for (var sample = 0; sample < Math.Min(samples, MaxSamples); sample++)
        {
            var row = values[(sample * size)..((sample + 1) * size)];
            foreach (var index in Enumerable.Range(0, size).OrderByDescending(i => row[i]).Take(Best))
            {
                table.Row($"{sample}", $"{index}", Printable.Number(row[index]), classes.Label(index) ?? "");
            }
        }

        Terminal.For(output).Write(table);
        if (samples > MaxSamples)
        {
            output.WriteLine($"and {samples - MaxSamples} samples more: --output FILE.npy writes them all");
        }
    }
}
