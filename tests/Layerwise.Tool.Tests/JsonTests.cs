using System.Text.Json;
using Layerwise.Testing;
using SkiaSharp;

namespace Layerwise.Tool.Tests;

/// <summary>What a program reads: one object on one line from every command, and no text of a file that acts on what shows it.</summary>
public sealed class JsonTests : IDisposable
{
    private const string Nasty = "\u001b[31m<script>\u202e";

    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_command_prints_one_object()
    {
        var (model, array, picture) = (Models.Colors(_folder), _folder.Array("x.npy", [1, 3, 4, 4], [.. Enumerable.Repeat(0.7f, 48)]), _folder.Png("p.png", 4, [.. Enumerable.Repeat(SKColors.Red, 16)]));
        var labels = _folder.Text("labels.txt", $"{Nasty}\ngreen\nblue\n");
        foreach (var (args, fields) in new (string[] Args, string[] Fields)[]
        {
            (["inspect", model], ["model", "method", "composite", "rulesSha256", "inputs", "outputs", "operators", "layers", "notes", "problems"]),
            (["emit", model], ["model", "class", "rulesSha256", "file", "source"]),
            (["emit", model, "-o", _folder["Net.cs"]], ["model", "class", "rulesSha256", "file", "source"]),
            (["run", model, "--input", array, "--labels", labels], ["model", "file", "outputs"]),
            (["run", model, "--input", array, "-o", _folder["y.npy"]], ["model", "file", "outputs"]),
            (["explain", model, "--image", picture, "--labels", labels], ["model", "method", "composite", "predicted", "target", "relevance"]),
            (["report", model, "--image", picture, "--labels", labels, "-o", _folder["r.html"]], ["model", "method", "composite", "input", "target", "file"]),
            (["verify", model, "--input", array], ["model", "holds", "composites"]),
            (["compare", model, model, "--image", picture, "--labels", labels], ["a", "b", "method", "samples", "agreed", "meanSpearman", "meanCosine", "sumSpearman", "sumCosine", "file", "compared"]),
        })
        {
            var run = Cli.Run([.. args, "--json"]);
            Assert.True(run.Code == 0, $"{args[0]}: {run.Error}");
            Assert.Single(run.Output.TrimEnd('\n').Split('\n'));
            using var json = JsonDocument.Parse(run.Output);
            Assert.Equal(fields, json.RootElement.EnumerateObject().Select(field => field.Name));
            Assert.DoesNotContain('\u001b', run.Output);
            Assert.DoesNotContain('\u202e', run.Output);
            Assert.DoesNotContain("<script", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Inspect_lists_what_is_not_supported()
    {
        var run = Cli.Run("inspect", Models.Unsupported(_folder), "--json");
        Assert.Equal((ExitCode.Refused, ""), (run.Code, run.Error));
        using var json = JsonDocument.Parse(run.Output);
        Assert.Contains("LW0201", json.RootElement.GetProperty("problems").EnumerateArray().Select(p => p.GetProperty("id").GetString()));
    }

    [Fact]
    public void The_rules_that_inspect_names_are_those_of_a_record()
    {
        var (model, array) = (Models.Dense(_folder), _folder.Array("x.npy", [1, 4], 1, 2, 3, 4));
        using var json = JsonDocument.Parse(Cli.Run("inspect", model, "--json", "--composite", "EpsilonPlus").Output);
        Assert.Equal(0, Cli.Run("explain", model, "--input", array, "--composite", "EpsilonPlus", "--record", _folder["r.json"]).Code);
        Assert.Equal(json.RootElement.GetProperty("rulesSha256").GetString(), Evidence.AuditRecord.Parse(File.ReadAllText(_folder["r.json"])).Rules.Sha256);
    }

    [Theory]
    [InlineData(true, null, true)]
    [InlineData(true, "", true)]
    [InlineData(true, "1", false)]
    [InlineData(false, null, false)]
    public void Colours_are_for_terminals_whose_owner_wants_them(bool isTerminal, string? noColor, bool colors) => Assert.Equal(colors, Terminal.HasColors(isTerminal, noColor));
}
