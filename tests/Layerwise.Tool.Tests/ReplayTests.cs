using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Layerwise.Evidence;
using Layerwise.Testing;
using SkiaSharp;

namespace Layerwise.Tool.Tests;

/// <summary>What an auditor does with a record a year later.</summary>
public sealed class ReplayTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("managed")]
    [InlineData("torch")]
    public void A_record_is_reproduced_bit_for_bit_here_and_in_other_processes(string backend)
    {
        var (model, input) = (Models.Colors(_folder), Picture());
        var record = Record(model, input, "--backend", backend, "--conservation", "--target", "1", "--initial", "logit");
        var run = Cli.Run("replay", record, "--model", model, "--input", input);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("reproduced bit for bit", run.Output, StringComparison.Ordinal);
        Assert.Contains(" nchw.onnx, EpsilonPlusFlat, class 1", run.Output, StringComparison.Ordinal);

        for (var threads = 1; threads <= 2; threads++)
        {
            var (code, output) = Process("replay", record, "--model", model, "--input", input, "--json");
            Assert.Equal(0, code);
            Assert.True(JsonDocument.Parse(output).RootElement.GetProperty("identical").GetBoolean());

            // What another process records is the same too; then that is replayed with as many threads as it had.
            Assert.Equal(0, Process($"OMP_NUM_THREADS={threads}", "explain", model, "--input", input, "--backend", backend, "--conservation", "--target", "1", "--initial", "logit", "--record", _folder["other.json"]).Code);
            var differences = AuditRecord.Parse(File.ReadAllText(record)).DifferencesTo(AuditRecord.Parse(File.ReadAllText(_folder["other.json"])));
            Assert.All(differences, d => Assert.Equal((AuditPart.Execution, "threads"), (d.Part, d.Where)));
            Assert.Equal(0, Cli.Run("replay", _folder["other.json"], "--model", model, "--input", input).Code);
        }
    }

    [Fact]
    public void A_replay_says_what_was_explained_in_the_words_of_the_record()
    {
        var (model, input) = (Models.Colors(_folder), Picture());
        string Explains(params string[] options) => Cli.Run("replay", Record(model, input, [.. options, "--labels", _folder.Text("labels.txt", "red\ngreen\nblue\n")]), "--model", model, "--input", input).Output;
        Assert.Contains("EpsilonPlusFlat, green (1)", Explains("--target", "green"), StringComparison.Ordinal);
        Assert.Contains("Gradient, green (1) rather than class 0", Explains("--target", "green", "--against", "red", "--method", "gradient"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_byte_of_the_model_is_named()
    {
        var (model, input) = (Models.Colors(_folder), Picture());
        var record = Record(model, input);
        var bytes = File.ReadAllBytes(model);
        bytes[bytes.AsSpan().IndexOf(BitConverter.GetBytes(2f))] ^= 1;
        Assert.Equal(["model", "logits", "relevance"], Differing(record, _folder.Write("other.onnx", bytes), input));
    }

    [Fact]
    public void A_changed_input_is_named()
    {
        var (model, input) = (Models.Colors(_folder), Picture());
        var record = Record(model, input);
        var array = Npy.Read(input);
        array.Values[5] = MathF.BitIncrement(array.Values[5]);
        Assert.Equal("input", Differing(record, model, _folder.Array("other.npy", array.Shape, array.Values))[0]);
    }

    [Fact]
    public void A_changed_rule_is_named()
    {
        var (model, input) = (Models.Colors(_folder), Picture());
        var composite = _folder.Text("mine.json", """{ "composite": "EpsilonPlus", "rules": [ { "layers": "fc", "rule": "Epsilon", "epsilon": 0.25 } ] }""");
        var record = Record(model, input, "--composite", composite);
        Assert.Empty(Differing(record, model, input));
        Assert.Empty(Differing(record, model, input, "--composite", composite));
        _folder.Text("mine.json", File.ReadAllText(composite).Replace("0.25", "0.26", StringComparison.Ordinal));
        Assert.Equal(["rules", "relevance"], Differing(record, model, input, "--composite", composite));
        Assert.Equal(["rules", "rules", "relevance"], Differing(record, model, input, "--composite", "EpsilonPlusFlat")[..3].Where(p => p != "logits"));
    }

    [Fact]
    public void A_model_of_another_shape_is_named_though_it_cannot_run()
    {
        var input = Picture();
        var record = Record(Models.Colors(_folder), input);
        var run = Cli.Run("replay", record, "--model", Models.Dense(_folder), "--input", input);
        Assert.Equal(ExitCode.DoesNotHold, run.Code);
        Assert.Contains("model", run.Output, StringComparison.Ordinal);
        Assert.Contains("DIFFERS", run.Output, StringComparison.Ordinal);
        Assert.Contains("not replayed", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("time", "\"2001-01-01T00:00:00+00:00\"", "record")]
    [InlineData("target.classes.0", "2", "record,target")]
    [InlineData("target.asked", "\"2\"", "record,target,relevance")]
    [InlineData("target.initial", "\"Logit\"", "record,relevance")]
    [InlineData("inputs.0.name", "\"y\"", "record,input")]
    [InlineData("rules.composite", "\"Other\"", "record,rules")]
    [InlineData("rules.specification", "{\"composite\":\"EpsilonPlus\"}", "record,rules,rules,relevance")]
    [InlineData("rules.generator", "\"9.9.9\"", "record")]
    [InlineData("logits.values.0", "7", "record")]
    [InlineData("relevance.0.samples.0.sum", "7", "record")]
    [InlineData("execution.threads", "2147483647", "record")]
    public void A_record_that_was_tampered_with_is_not_reproduced(string path, string value, string parts)
    {
        var (model, input) = (Models.Colors(_folder), Picture());
        var root = JsonNode.Parse(File.ReadAllText(Record(model, input, "--target", "top")))!;
        var steps = path.Split('.');
        var node = steps[..^1].Aggregate(root, (n, step) => n is JsonArray array ? array[int.Parse(step)]! : n[step]!);
        if (node is JsonArray list)
        {
            list[int.Parse(steps[^1])] = JsonNode.Parse(value);
        }
        else
        {
            node[steps[^1]] = JsonNode.Parse(value);
        }

        Assert.Equal(parts.Split(','), Differing(_folder.Text("tampered.json", root.ToJsonString()), model, input));
    }

    [Fact]
    public void What_is_no_record_is_refused()
    {
        var (model, input) = (Models.Colors(_folder), Picture());
        var text = File.ReadAllText(Record(model, input));
        string Refused(string content) => Cli.Refused(1, "replay", _folder.Text("bad.json", content), "--model", model, "--input", input);
        Assert.Contains("cannot be read", Refused(text[..(text.Length / 2)]), StringComparison.Ordinal);
        Assert.Contains("layerwise-audit-record/2", Refused(text.Replace("audit-record/1", "audit-record/2", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("no schema", Refused("{}"), StringComparison.Ordinal);
        Assert.Contains("none.json", Cli.Refused(1, "replay", _folder["none.json"], "--model", model, "--input", input), StringComparison.Ordinal);
        Assert.Contains("--input", Cli.Refused(1, "replay", Record(model, input), "--model", model), StringComparison.Ordinal);
        Assert.Contains("--relevance", Cli.Refused(1, "replay", Record(model, input), "--model", model, "--input", input, "--relevance", input), StringComparison.Ordinal);
        Cli.Refused(2, "replay", Record(model, input), "--model", model, "--input", input, "--tolerance", "2");
    }

    [Fact]
    public void Text_of_a_record_never_acts_on_a_terminal()
    {
        var (model, input) = (Models.Colors(_folder), Picture());
        var root = JsonNode.Parse(File.ReadAllText(Record(model, input)))!;
        const string Nasty = "\u001b[31m[red]x\u202e</script>\n";
        (root["reference"], root["model"]!["files"]![0]!["name"], root["rules"]!["composite"], root["inputs"]![0]!["name"]) = (Nasty, Nasty, Nasty, Nasty);
        foreach (var json in (string[][])[[], ["--json"]])
        {
            var run = Cli.Run(["replay", _folder.Text("nasty.json", root.ToJsonString()), "--model", model, "--input", input, .. json]);
            Assert.Equal((ExitCode.DoesNotHold, ""), (run.Code, run.Error));
            Assert.DoesNotContain('\u001b', run.Output);
            Assert.DoesNotContain('\u202e', run.Output);
        }
    }

    [Fact]
    public void Another_backend_agrees_within_a_tolerance_alone()
    {
        var (model, input) = (Models.Colors(_folder), Picture());
        var root = JsonNode.Parse(File.ReadAllText(Record(model, input, "--backend", "managed")))!;
        var record = AuditRecord.Parse(root.ToJsonString());
        Assert.True(record.IsSealed);
        var other = AuditRecord.Parse(File.ReadAllText(Record(model, input, "--backend", "torch")));
        var differences = record.DifferencesTo(other);
        Assert.Contains(differences, d => d is { Part: AuditPart.Execution, Where: "backend" });
        Assert.All(differences, d => Assert.True(d.IsWithin(1e-5)));
    }

    [Fact]
    public void A_picture_is_prepared_as_the_record_says()
    {
        var (model, labels) = (Models.Colors(_folder), _folder.Text("labels.txt", "red\ngreen\nblue\n"));
        var picture = _folder.Png("p.png", 6, [.. Enumerable.Range(0, 36).Select(i => new SKColor((byte)(i * 7), 90, (byte)(255 - i)))]);
        Assert.Equal(0, Cli.Run("explain", model, "--image", picture, "--labels", labels, "--mean", "0.4,0.5,0.6", "--std", "0.3", "--bgr", "--record", _folder["r.json"]).Code);
        var run = Cli.Run("replay", _folder["r.json"], "--model", model, "--image", picture);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Single(AuditRecord.Parse(File.ReadAllText(_folder["r.json"])).Target.Labels!);

        var root = JsonNode.Parse(File.ReadAllText(_folder["r.json"]))!;
        root["image"]!["mean"]![0] = 0.41f;
        var changed = Cli.Run("replay", _folder.Text("changed.json", root.ToJsonString()), "--model", model, "--image", picture, "--json");
        Assert.Equal(ExitCode.DoesNotHold, changed.Code);
        Assert.Contains("\"part\":\"input\"", changed.Output, StringComparison.Ordinal);
        root["image"]!["std"]![0] = 0;
        Assert.Equal(ExitCode.DoesNotHold, Cli.Run("replay", _folder.Text("changed.json", root.ToJsonString()), "--model", model, "--image", picture).Code);
        Assert.Contains("how a picture", Cli.Refused(1, "replay", Record(model, Picture()), "--model", model, "--image", picture), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_is_replayed_from_its_ids_and_a_changed_token_is_named()
    {
        var model = Path.Combine(SharedFolder.RepositoryRoot, "models", "reviews.onnx");
        string[] words = File.ReadAllLines(Path.Combine(SharedFolder.RepositoryRoot, "models", "reviews-words.txt"));
        const string Text = "the room was not clean but the staff was friendly";
        long[] ids = [.. Text.Split(' ').Select(word => (long)Array.IndexOf(words, word))];
        using (var host = ModelHost.Load(model, labels: null, new Compiler.ExplainerSpec { ClassName = "Reviews", Composite = "EpsilonPlus" }))
        {
            var explainer = Explainer.Of(host, new TextInput(host.Network.Layers.Single(layer => layer.Name == "embed"), [TokenRole.Ids]) { Length = 48 });
            using var why = explainer.Explain(new TokenizedText(Text, ids, new TokenSpan[ids.Length]), options: new ExplainOptions { Audit = new(), Conservation = true });
            _folder.Text("text.json", why.ToAuditRecord(explainer).ToJson());
        }

        (int Code, string Output) Replay(long[] row, params string[] options)
        {
            var run = Cli.Run(["replay", _folder["text.json"], "--model", model, "--input", _folder.Array("ids.npy", [1, row.Length], [.. row.Select(id => (float)id)]), .. options]);
            Assert.Equal("", run.Error);
            return (run.Code, run.Output);
        }

        Assert.Equal(0, Replay(ids).Code);
        var padded = Replay([.. ids, .. new long[38]]);
        Assert.Equal(0, padded.Code);
        Assert.Contains("reproduced bit for bit", padded.Output, StringComparison.Ordinal);

        long[] changed = [.. ids];
        changed[4] = Array.IndexOf(words, "dirty");
        var other = Replay(changed);
        Assert.Equal(ExitCode.DoesNotHold, other.Code);
        Assert.Contains($"token 4 of text 0: recorded {ids[4]}, now {changed[4]}", string.Join(' ', other.Output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(ExitCode.DoesNotHold, Replay([.. ids, 0, 5]).Code);                             // behind the padding
        Assert.Contains("token 9 of text 0", Replay(ids[..9], "--json").Output, StringComparison.Ordinal); // one is missing
        Assert.Contains("one input too many", Replay(ids, "--input", "mask=" + _folder["ids.npy"]).Output, StringComparison.Ordinal);
    }

    /// <summary>The parts that differ, in order; circumstances apart.</summary>
    private static string[] Differing(string record, string model, string input, params string[] options)
    {
        var run = Cli.Run(["replay", record, "--model", model, "--input", input, "--json", .. options]);
        Assert.Equal("", run.Error);
        using var json = JsonDocument.Parse(run.Output);
        string[] parts = [.. json.RootElement.GetProperty("differences").EnumerateArray().Where(d => !d.GetProperty("circumstance").GetBoolean()).Select(d => d.GetProperty("part").GetString()!)];
        Assert.Equal(parts.Length == 0 ? 0 : ExitCode.DoesNotHold, run.Code);
        return parts;
    }

    private string Record(string model, string input, params string[] options)
    {
        var path = _folder[$"record-{Guid.NewGuid():N}.json"];
        var run = Cli.Run(["explain", model, "--input", input, "--record", path, .. options]);
        Assert.True(run.Code == 0, run.Error);
        return path;
    }

    private string Picture() => _folder.Array("x.npy", [1, 3, 4, 4], [.. Enumerable.Range(0, 48).Select(i => 0.5f + (0.4f * MathF.Sin((i * i) + 1)))]);

    private static (int Code, string Output) Process(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        if (args[0].Split('=') is [var name, var value])
        {
            start.Environment[name] = value;
            args = args[1..];
        }

        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "Layerwise.Tool.dll"), .. args])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = System.Diagnostics.Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)));
        return (process.ExitCode, output);
    }
}
