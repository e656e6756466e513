using System.Text.Json;
using System.Text.Json.Nodes;
using Layerwise.Testing;
using SkiaSharp;

namespace Layerwise.Tool.Tests;

/// <summary>What a program reads: one object on one line from every command, and no text of a file that acts on what shows it.</summary>
public sealed class JsonTests : IDisposable
{
    private const string Nasty = "\u001b[31m<script>\u202e";

    private const string Schema = "tool-output.schema.json";

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
            Assert.Empty(new PublishedSchema(Schema, args[0]).ProblemsOf(run.Output));
            Assert.DoesNotContain('\u001b', run.Output);
            Assert.DoesNotContain('\u202e', run.Output);
            Assert.DoesNotContain("<script", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_asked_for_besides_keeps_to_the_published_schema_too()
    {
        var (colors, dense) = (Models.Colors(_folder), Models.Dense(_folder));
        var (one, two) = (_folder.Array("x.npy", [1, 4], 1, 2, 3, 4), _folder.Array("two.npy", [2, 4], 1, 2, 3, 4, -1, 0, 2, 5));
        Directory.CreateDirectory(_folder["pictures"]);
        _folder.Png(Path.Combine("pictures", "red.png"), 4, [.. Enumerable.Repeat(SKColors.Red, 16)]);
        _folder.Text(Path.Combine("pictures", "broken.png"), "no picture");
        Assert.Equal(0, Cli.Run("explain", dense, "--input", one, "--record", _folder["r.json"], "--conservation").Code);
        foreach (var (definition, args) in new (string, string[])[]
        {
            ("inspect", ["inspect", Models.Unsupported(_folder)]),
            ("inspect", ["inspect", dense, "--method", "gradient"]),
            ("explain", ["explain", dense, "--input", one, "--conservation", "--target", "0", "--against", "1"]),
            ("explain", ["explain", dense, "--input", two, "--conservation"]),
            ("explain", ["explain", dense, "--input", two, "--method", "gradient"]),
            ("explain", ["explain", Models.TwoInputs(_folder), "--input", $"left={_folder.Array("left.npy", [1, 2], 1, 2)}", "--input", $"right={_folder.Array("right.npy", [1, 2], 3, 4)}", "--method", "gradient"]),
            ("explainFolder", ["explain", colors, "--image", _folder["pictures"], "--record", _folder["records"]]),
            ("run", ["run", dense, "--input", two]),
            ("verify", ["verify", dense, "--input", two, "--all"]),
            ("compare", ["compare", dense, dense, "--input", one]),
            ("replay", ["replay", _folder["r.json"], "--model", dense, "--input", one]),
            ("replay", ["replay", _folder["r.json"], "--model", dense, "--input", _folder.Array("other.npy", [1, 4], 1, 2, 3, 5)]),
        })
        {
            var schema = new PublishedSchema(Schema, definition);
            var run = Cli.Run([.. args, "--json"]);
            var lines = run.Output.TrimEnd('\n').Split('\n');
            Assert.True(run.Output.Length > 0, $"{string.Join(' ', args)}: {run.Error}");
            Assert.Equal(definition == "explainFolder" ? 2 : 1, lines.Length);
            Assert.All(lines, line => Assert.Empty(schema.ProblemsOf(line)));

            // The schema says all: one member less, one more, or one of another kind is none of it.
            foreach (var name in JsonNode.Parse(lines[0])!.AsObject().Select(member => member.Key).Where(name => name is not ("conservation" or "against" or "relevances")))
            {
                Assert.NotEmpty(schema.ProblemsOf(Changed(lines[0], members => members.Remove(name))));
                Assert.NotEmpty(schema.ProblemsOf(Changed(lines[0], members => members[name] = new JsonArray(0.5))));
            }

            Assert.NotEmpty(schema.ProblemsOf(Changed(lines[0], members => members["more"] = 1)));
        }

        static JsonNode Changed(string json, Action<JsonObject> change)
        {
            var members = JsonNode.Parse(json)!.AsObject();
            change(members);
            return members;
        }
    }

    [Fact]
    public void Records_keep_to_the_published_schema()
    {
        var (model, array, picture) = (Models.Colors(_folder), _folder.Array("x.npy", [2, 3, 4, 4], [.. Enumerable.Range(0, 96).Select(i => i / 96f)]), _folder.Png("p.png", 4, [.. Enumerable.Repeat(SKColors.Red, 16)]));
        var schema = new PublishedSchema("audit-record.schema.json");
        foreach (var args in new string[][]
        {
            ["--input", array, "--conservation"],
            ["--image", picture, "--target", "1", "--against", "0", "--initial", "logit"],
            ["--input", array, "--method", "gradient", "--backend", "torch"],
        })
        {
            Assert.Equal(0, Cli.Run(["explain", model, "--record", _folder["r.json"], .. args]).Code);
            var json = File.ReadAllText(_folder["r.json"]);
            Assert.Empty(schema.ProblemsOf(json));
            foreach (var name in JsonNode.Parse(json)!.AsObject().Select(member => member.Key))
            {
                var changed = JsonNode.Parse(json)!.AsObject();
                changed[name] = 0.5;
                Assert.NotEmpty(schema.ProblemsOf(changed));
            }
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
