using System.Text.Json;
using Layerwise.Evidence;
using Layerwise.Testing;
using SkiaSharp;

namespace Layerwise.Tool.Tests;

/// <summary>A folder of pictures: one row each, whatever is wrong with one of them.</summary>
public sealed class ExplainFolderTests : IDisposable
{
    private readonly Folder _folder = new();
    private readonly string _pictures, _heatmaps;

    public ExplainFolderTests()
    {
        _pictures = Directory.CreateDirectory(_folder["pictures"]).FullName;
        _heatmaps = _folder["heatmaps"];
        foreach (var (name, color) in new[] { ("b.png", SKColors.Lime), ("a.png", SKColors.Red), ("A.PNG", SKColors.Blue), ("\u001b[31m ..nul.png", SKColors.Blue) })
        {
            _folder.Png(Path.Combine("pictures", name), 4, [.. Enumerable.Repeat(color, 16)]);
        }

        _folder.Text("pictures/notes.txt", "no picture");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_picture_has_a_row_and_a_heatmap_of_a_safe_name()
    {
        var labels = _folder.Text("labels.txt", "red\ngreen\nblue\n");
        var run = Cli.Run("explain", Models.Colors(_folder), "--image", _pictures, "--labels", labels, "--heatmap", _heatmaps, "--output", _folder["arrays"], "--record", _folder["records"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal(["A.png", "__31m_..nul.png", "a-2.png", "b.png"], Names(_heatmaps));
        Assert.Equal(4, Names(_folder["arrays"]).Length);
        Assert.All(Directory.GetFiles(_folder["records"]), path => Assert.NotNull(AuditRecord.Parse(File.ReadAllText(path)).Image));
        Assert.DoesNotContain('\u001b', run.Output);
        string[] rows = [.. run.Output.Split('\n').Where(line => line.Contains("logit", StringComparison.Ordinal))];
        Assert.Equal(4, rows.Length);
        Assert.Contains(rows, row => row.StartsWith("a.png", StringComparison.Ordinal) && row.Contains("red (0)", StringComparison.Ordinal));
        Assert.Contains("4 pictures, 4 explained: 2 × blue, 1 × green, 1 × red", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_picture_is_reported_and_the_others_go_on()
    {
        _folder.Write("pictures/c.jpg", 0xff, 0xd8, 1, 2, 3);
        var run = Cli.Run("explain", Models.Colors(_folder), "--image", _pictures, "--json");
        Assert.Equal(ExitCode.DoesNotHold, run.Code);
        Assert.Equal("error: 1 of 5 pictures could not be explained\n", run.Error);
        JsonElement[] lines = [.. run.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(5, lines.Length);
        var damaged = Assert.Single(lines, line => line.GetProperty("error").ValueKind != JsonValueKind.Null);
        Assert.Equal("c.jpg", damaged.GetProperty("picture").GetString());
        Assert.All(lines.Except([damaged]), line => Assert.Equal(JsonValueKind.Object, line.GetProperty("relevance").ValueKind));
    }

    [Fact]
    public void What_would_lose_something_is_refused()
    {
        var model = Models.Colors(_folder);
        Assert.Contains("another one to write into", Cli.Refused(1, "explain", model, "--image", _pictures, "--heatmap", _pictures + "/"), StringComparison.Ordinal);
        Assert.Contains("is a file", Cli.Refused(1, "explain", model, "--image", _pictures, "--heatmap", model), StringComparison.Ordinal);
        Assert.Contains("does not exist", Cli.Refused(1, "explain", model, "--image", _pictures, "--heatmap", _folder["no/where"]), StringComparison.Ordinal);
        Assert.Contains("no picture", Cli.Refused(1, "explain", model, "--image", Directory.CreateDirectory(_folder["empty"]).FullName), StringComparison.Ordinal);
        Assert.Contains("--layer", Cli.Refused(1, "explain", model, "--image", _pictures, "--layer", $"fc={_folder["r.npy"]}"), StringComparison.Ordinal);
    }

    [Fact]
    public void Safe_names_stay_apart_and_stay_in_the_folder()
    {
        Assert.Equal(["a", "A-2", "a-3", "_con", "_.._etc", "_", new string('x', 80)], OutputFile.SafeNames(["a", "A", "a", "con", "/../etc", "..", new string('x', 300)]));
    }

    private static string[] Names(string folder) => [.. Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
