using System.CommandLine;
using System.Text.RegularExpressions;
using Layerwise.Compiler;
using Spectre.Console;

namespace Layerwise.Tool.Commands;

/// <summary><c>layerwise inspect</c>: what the compiler makes of a model.</summary>
internal static partial class InspectCommand
{
    public static Command Create()
    {
        var command = new Command("inspect", "Shows a model's inputs, outputs and operators, the rule of every node and why, and what is not supported.");
        var options = new ModelOptions(command, mayPredict: true);
        command.SetAction(parse =>
        {
            var manifest = ModelHost.Manifest(options.Model(parse), options.Labels(parse));
            var compiled = NetworkCompiler.Compile(manifest, options.Spec(parse));
            var console = Terminal.For(parse.InvocationConfiguration.Output);
            Ports(console, "Inputs", compiled.Inputs);
            Ports(console, "Outputs", compiled.Outputs);
            Operators(console, manifest);
            Rules(console, compiled, options.Composite(parse, compiled) ?? options.Method(parse));
            Notes(console, compiled);
            return compiled.Problems.Count == 0 ? 0 : throw NetworkAssembly.Refusal(compiled);
        });
        return command;
    }

    private static void Ports(IAnsiConsole console, string title, IReadOnlyList<PortRow> ports)
    {
        var table = Terminal.Table(title, "type", "shape");
        foreach (var port in ports)
        {
            table.Row(port.Name, port.Type, port.Shape);
        }

        console.Write(table);
        console.WriteLine();
    }

    private static void Operators(IAnsiConsole console, string manifest)
    {
        var table = Terminal.Table("Operators", "nodes");
        var names = NodePattern().Matches(manifest).Select(node => node.Groups["domain"].Length == 0
            ? node.Groups["op"].Value
            : $"{node.Groups["domain"].Value}.{node.Groups["op"].Value}");
        foreach (var (name, count) in names.CountBy(name => name).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal))
        {
            table.Row(name, $"{count}");
        }

        console.Write(table);
        console.WriteLine();
    }

    private static void Rules(IAnsiConsole console, CompiledNetwork compiled, string how)
    {
        var table = Terminal.Table($"Rules ({how})", "operator", "output", "rule", "keeps", "why");
        foreach (var layer in compiled.Layers)
        {
            table.Row(layer.Name, layer.Op, layer.Shape, layer.Rule, layer.Keeps, layer.Why);
        }

        console.Write(table);
    }

    private static void Notes(IAnsiConsole console, CompiledNetwork compiled)
    {
        if (compiled.Notes.Count == 0)
        {
            return;
        }

        console.WriteLine();
        var table = Terminal.Table("Rewritten");
        foreach (var note in compiled.Notes)
        {
            table.Row(note);
        }

        console.Write(table);
    }

    [GeneratedRegex("""^node "(?<domain>(?:[^"\\]|\\.)*)" "(?<op>(?:[^"\\]|\\.)*)" """, RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex NodePattern();
}
