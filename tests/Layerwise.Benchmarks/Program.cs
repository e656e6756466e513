using System.CommandLine;
using System.Text.Json;
using Layerwise.Benchmarks;

var quick = new Option<bool>("--quick") { Description = "Fewer repeats, batch 1 alone." };
var models = new Option<string?>("--models") { Description = $"Which networks, separated by commas: {string.Join(", ", Zoo.All.Select(z => z.Name))}.", HelpName = "A,B" };
var detail = new Option<bool>("--detail") { Description = "Measures single calls by BenchmarkDotNet, and compares nothing." };
var device = new Option<string>("--device") { Description = "Where the networks run: cpu, cuda or cuda:N.", DefaultValueFactory = _ => "cpu" };
var json = new Option<FileInfo?>("--json") { Description = "Where to write the results.", HelpName = "FILE" };
var page = new Option<FileInfo?>("--page") { Description = "A page to write them into, behind its line <!-- measured -->.", HelpName = "FILE.md" };
var root = new RootCommand("Measures forward passes and explanations, against other ways to compute them and against the floor, in one process and in turn.") { quick, models, detail, device, json, page };
root.SetAction(parse =>
{
    var names = parse.GetValue(models)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    if (names?.Except(Zoo.All.Select(z => z.Name)).ToList() is [var unknown, ..])
    {
        parse.InvocationConfiguration.Error.WriteLine($"There is no network '{unknown}'. The networks are {string.Join(", ", Zoo.All.Select(z => z.Name))}.");
        return 2;
    }

    var zoo = Zoo.All.Where(z => names is null || names.Contains(z.Name)).ToList();
    if (parse.GetValue(detail))
    {
        NetworkBenchmarks.Run([.. zoo.Select(z => z.Name)]);
        return 0;
    }

    var report = Campaign.Run(zoo, parse.GetValue(quick), new(parse.GetRequiredValue(device)), parse.InvocationConfiguration.Error);
    parse.InvocationConfiguration.Output.Write(report.Page());
    if (parse.GetValue(json) is { } file)
    {
        File.WriteAllText(file.FullName, JsonSerializer.Serialize(report.Results, new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true }));
    }

    if (parse.GetValue(page) is { } markdown)
    {
        Page.Replace(markdown.FullName, report.Page());
    }

    return 0;
});
return root.Parse(args).Invoke();
