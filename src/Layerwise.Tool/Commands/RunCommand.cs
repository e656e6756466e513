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
            using var host = Terminal.Working(error, "Compiling", () => options.Load(parse));
            using var scope = NewDisposeScope();
            var result = host.Network.Predict(InputFile.Bind(files, host.Network.Inputs));
            var values = result.contiguous().data<float>().ToArray();
            if (parse.GetValue(output) is { } path)
            {
                Npy.Write(path, result.shape, values);
                error.WriteLine($"wrote {path} {Printable.Shape(result.shape)}");
                return;
            }

            Summarize(standardOutput, host, result.shape, values);
        });
        return command;
    }

    private static void Summarize(TextWriter output, ModelHost host, long[] shape, float[] values)
    {
        var (samples, size) = ((int)shape[0], values.Length / (int)shape[0]);
        var classes = new Classes(size, host.Compiled.Labels);
        output.WriteLine($"{Printable.Line(host.Network.Output.Name)} {Printable.Shape(shape)}");
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
