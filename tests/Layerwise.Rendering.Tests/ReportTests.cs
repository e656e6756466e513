using System.Text.RegularExpressions;
using Layerwise.Testing;

namespace Layerwise.Rendering.Tests;

public sealed partial class ReportTests : IDisposable
{
    // What a file may hold in place of a name: markup, an attribute's end, a script, an override of the text's direction, a line's end.
    private const string Hostile = "</title><script>alert(1)</script>\" onload='x' <img src=x onerror=y> \u202egnp.exe\r\n<b>& \0";

    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_is_fetched_and_nothing_runs()
    {
        foreach (var html in new[] { Samples.Image().ToHtml(), Samples.Table().ToHtml(), Samples.Text().ToHtml() })
        {
            Assert.DoesNotMatch(Outside(), Data().Replace(html, ""));
            Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void It_says_what_an_auditor_asks()
    {
        var html = Samples.Table().ToHtml();
        Assert.All(
            (string[])["Why good risk?", "credit.onnx", new string('a', 64), "Layerwise 9.9", "EpsilonPlus", "25 November 2026", "fc1", "dense layer", "stabilizers", "All relevance is accounted for"],
            wanted => Assert.Contains(wanted, html, StringComparison.Ordinal));
    }

    [Fact]
    public void A_gap_that_is_no_rounding_is_said()
        => Assert.Contains("do not conserve", (Samples.Table() with { Conservation = new Conservation(2, 1, 0, 0, 0, []) }).ToHtml(), StringComparison.Ordinal);

    [Fact]
    public void Names_are_text_whatever_they_hold()
    {
        var figure = Waterfall.Draw([new Feature(Hostile, Hostile, 1), new Feature("age", "3", -0.5)], 2, Hostile);
        var text = new HighlightedText(Hostile, [new TokenSpan(0, 8), new TokenSpan(8, Hostile.Length - 8)], [1, -1]);
        var report = Samples.Table() with
        {
            Model = new ReportModel(Hostile, Hostile, 1),
            Input = Hostile,
            Classes = [new ClassScore(0, Hostile, 1, 0.5), new ClassScore(1, Hostile, 0, 0.5)],
            Target = 0,
            Against = 1,
            Parts = [ReportPart.Of(Hostile, figure, Hostile), ReportPart.Of(Hostile, text, Hostile)],
            Method = new ReportMethod(Hostile, Hostile, Hostile, [new(Hostile, Hostile)]),
            Layers = [Samples.Layer(Hostile) with { Op = Hostile, Shape = Hostile, Why = Hostile }],
            Generator = Hostile,
        };
        var html = report.ToHtml();

        Assert.DoesNotMatch(HostileMarkup(), html);
        Assert.DoesNotContain('\u202e', html);
        Assert.DoesNotContain('\0', html);
        Assert.Equal(2 * (1 + report.Parts.Count), Regex.Count(html, "</?title>")); // the page's own and each figure's
    }

    [Fact]
    public void A_target_that_is_no_class_is_refused()
        => Assert.Throws<InvalidOperationException>(() => (Samples.Table() with { Target = 7 }).ToHtml());

    [Fact]
    public void Numbers_of_a_column_have_the_same_decimals_and_what_is_negative_is_taken_away()
    {
        var html = Samples.Table().ToHtml();
        Assert.Contains(">1.2500</td>", html, StringComparison.Ordinal);
        Assert.Contains(">−0.7500</td>", html, StringComparison.Ordinal);
        Assert.Contains("<span>+</span><b>0.2000</b><small>biases</small>", html, StringComparison.Ordinal);
        Assert.Contains("<span>−</span><b>1.00 × 10⁻⁶</b><small>gap</small>", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image", false)]
    [InlineData("image", true)]
    [InlineData("table", false)]
    [InlineData("table", true)]
    [InlineData("text", false)]
    [InlineData("text", true)]
    public async Task In_a_browser_it_is_light_or_dark_and_shows_red_and_blue(string kind, bool dark)
    {
        var report = kind switch { "image" => Samples.Image(), "table" => Samples.Table(), _ => Samples.Text() };
        var page = await Browser.Screenshot(_folder, report.ToHtml(), $"report-{kind}", dark);

        var colors = Enumerable.Range(0, page.Width * page.Height).Select(i => (R: page.Pixels[3 * i], G: page.Pixels[3 * i + 1], B: page.Pixels[3 * i + 2])).ToList();
        Assert.Equal(dark ? (20, 23, 28) : (255, 255, 255), ((int)colors[0].R, (int)colors[0].G, (int)colors[0].B));
        Assert.True(colors.Count(c => c.R > c.B + 80) > 200, "no red");
        Assert.True(colors.Count(c => c.B > c.R + 80) > 200, "no blue");
    }

    [GeneratedRegex("data:image/png;base64,[A-Za-z0-9+/=]+")]
    private static partial Regex Data();

    [GeneratedRegex(@"https?:|//\w|url\(|@import|src=(?!"""")|href=(?!"""")", RegexOptions.IgnoreCase)]
    private static partial Regex Outside();

    [GeneratedRegex("<script|<img|<b>&|=\"[^\"<>]*\" onload", RegexOptions.IgnoreCase)]
    private static partial Regex HostileMarkup();
}
