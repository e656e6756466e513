using Layerwise.Testing;
using SkiaSharp;

namespace Layerwise.Tool.Tests;

public sealed class ReportCommandTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_picture_is_shown_with_its_relevance_and_beside_other_classes()
    {
        var picture = _folder.Png("red.png", 4, [.. Enumerable.Repeat(SKColors.Red, 16)]);
        var html = Report(Models.Colors(_folder), "--image", picture, "--labels", _folder.Text("labels.txt", "red\ngreen\nblue\n"), "--layers", "conv");
        Assert.All(
            (string[])["Why red?", "red.png", "nchw.onnx", "Relevance over the picture", "Beside other classes", "Layer by layer", "EpsilonPlusFlat", "Conservation", "first layer"],
            wanted => Assert.Contains(wanted, html, StringComparison.Ordinal));
    }

    [Fact]
    public void A_row_of_a_table_is_a_waterfall_that_ends_at_the_logit()
    {
        var rows = _folder.Array("x.npy", [2, 4], 9, 9, 9, 9, 1, 2, 3, 4);
        var html = Report(Models.Dense(_folder), "--input", rows, "--sample", "1", "--names", _folder.Text("names.txt", "<b>age</b>\nincome\nloans\nyears\n"), "--target", "2", "--composite", "EpsilonPlus");
        Assert.All((string[])["x.npy, sample 1", "+9.00", "−4.00", "Logit of class 2", "&lt;b&gt;age&lt;/b&gt;"], wanted => Assert.Contains(wanted, html, StringComparison.Ordinal));
    }

    [Fact]
    public void A_text_has_the_relevance_of_its_tokens()
    {
        var html = Report(
            Models.Dense(_folder), "--input", _folder.Array("x.npy", [1, 4], 1, 2, 3, 4), "--text", _folder.Text("t.txt", "not <bad> at all"),
            "--tokens", _folder.Array("t.npy", [4, 2], 0, 3, 4, 9, 10, 12, 13, 16));
        Assert.Contains("&lt;bad&gt;", html, StringComparison.Ordinal);
        Assert.Contains(">all</span>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_of_ids_has_the_relevance_that_comes_to_where_they_are_looked_up()
    {
        var html = Report(
            Models.Words(_folder), "--input", _folder.Array("x.npy", [1, 4], 1, 2, 1, 0), "--text", _folder.Text("t.txt", "good bad good"),
            "--tokens", _folder.Array("t.npy", [3, 2], 0, 4, 5, 8, 9, 13), "--target", "0");
        Assert.Equal(["good", "bad", "good"], System.Text.RegularExpressions.Regex.Matches(html, "title=\"[^\"]+\">(\\w+)</span>").Select(match => match.Groups[1].Value));
        Assert.Contains("title=\"+2.00\">good", html, StringComparison.Ordinal);
        Assert.Contains("title=\"−3.00\">bad", html, StringComparison.Ordinal);

        // 4 - 3 + 0.5: the words are the input's share, no constant's.
        Assert.Equal(["1.5000", "1.0000", "0.5000"], System.Text.RegularExpressions.Regex.Matches(html, "<b>([0-9.]+)</b>").Select(match => match.Groups[1].Value).Take(3));
        Assert.DoesNotContain("Layer by layer", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gradient", null)]
    [InlineData("lrp", "GuidedBackprop")]
    public void A_derivative_claims_no_conservation(string method, string? composite)
    {
        var html = Report([Models.Dense(_folder), "--input", _folder.Array("x.npy", [1, 4], 1, 2, 3, 4), "--method", method, .. composite is null ? (string[])[] : ["--composite", composite]]);
        Assert.DoesNotContain("<h2>Conservation</h2>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_leaves_no_file()
    {
        var model = Models.Dense(_folder);
        var input = _folder.Array("x.npy", [1, 4], 1, 2, 3, 4);
        string[] start = ["report", model, "--input", input, "-o", _folder["why.html"]];
        Assert.Contains("no sample 5", Cli.Refused(1, [.. start, "--sample", "5"]), StringComparison.Ordinal);
        Assert.Contains("2 lines", Cli.Refused(1, [.. start, "--names", _folder.Text("n.txt", "a\nb\n")]), StringComparison.Ordinal);
        Assert.Contains("no layer 'nope'", Cli.Refused(1, [.. start, "--layers", "nope"]), StringComparison.Ordinal);
        Assert.Contains("--tokens", Cli.Refused(2, [.. start, "--text", input]), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["why.html"]));
    }

    private string Report(params string[] arguments)
    {
        var run = Cli.Run(["report", .. arguments, "-o", _folder["why.html"]]);
        Assert.True(run.Code == 0, run.Error);
        return File.ReadAllText(_folder["why.html"]);
    }
}
