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
        var json = JsonOption.Create();
        command.Add(json);
        command.SetAction(parse =>
        {
            var manifest = ModelHost.Manifest(options.Model(parse), options.Labels(parse));
            var compiled = NetworkCompiler.Compile(manifest, options.Spec(parse));
            if (parse.GetValue(json))
            {
                parse.InvocationConfiguration.Output.WriteLine(ToJson(options.Model(parse), options.Method(parse), options.Composite(parse, compiled), manifest, compiled));
                return compiled.Problems.Count == 0 ? ExitCode.Done : ExitCode.Refused;
            }

            var console = Terminal.For(parse.InvocationConfiguration.Output);
            Ports(console, "Inputs", compiled.Inputs);
            Ports(console, "Outputs", compiled.Outputs);
            Operators(console, manifest);
            Rules(console, compiled, options.Composite(parse, compiled) ?? options.Method(parse));
            Notes(console, compiled);
            return compiled.Problems.Count == 0 ? ExitCode.Done : throw NetworkAssembly.Refusal(compiled);
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
        foreach (var (name, count) in Count(manifest))
        {
            table.Row(name, $"{count}");
        }

        console.Write(table);
        console.WriteLine();
    }

    /// <summary>The operators of the file, the most frequent first.</summary>
    private static IEnumerable<KeyValuePair<string, int>> Count(string manifest) => NodePattern().Matches(manifest)
        .Select(node => node.Groups["domain"].Length == 0 ? node.Groups["op"].Value : $"{node.Groups["domain"].Value}.{node.Groups["op"].Value}")
        .CountBy(name => name)
        .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal);

    private static string ToJson(string model, string method, string? composite, string manifest, CompiledNetwork compiled) => Json.Object(json =>
    {
        json.WriteString("model", model);
        json.WriteString("method", method);
        json.WriteString("composite", composite);
        json.WriteString("rulesSha256", compiled.Rules?.Sha256);
        Json.Objects(json, "inputs", compiled.Inputs, port => Port(json, port));
        Json.Objects(json, "outputs", compiled.Outputs, port => Port(json, port));
        Json.Objects(json, "operators", Count(manifest), pair =>
        {
            json.WriteString("name", pair.Key);
            json.WriteNumber("nodes", pair.Value);
        });
        Json.Objects(json, "layers", compiled.Layers, layer =>
        {
            json.WriteString("name", layer.Name);
            json.WriteString("operator", layer.Op);
            json.WriteString("output", layer.Shape);
            json.WriteString("rule", layer.Rule == LayerRow.NoRule ? null : layer.Rule);
            json.WriteString("leak", layer.Leak?.Kind.ToString());
            json.WriteString("keeps", layer.Keeps);
            json.WriteString("why", layer.Why);
        });
        Json.Strings(json, "notes", compiled.Notes);
        Json.Objects(json, "problems", compiled.Problems, problem =>
        {
            json.WriteString("id", problem.Id);
            json.WriteString("message", problem.Message);
        });

        static void Port(System.Text.Json.Utf8JsonWriter json, PortRow port)
        {
            json.WriteString("name", port.Name);
            json.WriteString("type", port.Type);
            json.WriteString("shape", port.Shape);
        }
    });

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
