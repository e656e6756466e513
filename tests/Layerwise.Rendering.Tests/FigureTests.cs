using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Layerwise.Rendering.Tests;

public sealed class FigureTests
{
    [Fact]
    public void Every_kind_is_well_formed_SVG_and_a_PNG_of_the_same_size()
    {
        foreach (var (name, figure) in Kinds())
        {
            var svg = XDocument.Parse(figure.ToSvg());
            Assert.Equal("{http://www.w3.org/2000/svg}svg", svg.Root!.Name.ToString());
            Assert.Equal(figure.Description, svg.Root.Element("{http://www.w3.org/2000/svg}title")!.Value);
            Assert.DoesNotContain("http", figure.ToHtml(), StringComparison.Ordinal);
            var raster = figure.ToRaster(scale: 2);
            Assert.Equal((2 * (int)figure.Width, 2 * (int)figure.Height), (raster.Width, raster.Height));
            Samples.Keep(raster.ToPng(), $"figure-{name}.png");
        }
    }

    [Fact]
    public void A_waterfall_ends_where_the_features_and_the_rest_come_to()
    {
        var svg = Waterfall.Draw([new("a", "1", 2), new("b", "2", -0.5)], total: 1.75, "Logit").ToSvg();
        // what no feature accounts for, then the larger feature, then the smaller one, then the total
        Assert.Equal(["+0.25", "+2.00", "−0.50", "1.75"], Regex.Matches(svg, ">([+−]?\\d+\\.\\d+)</text>").Select(match => match.Groups[1].Value));
    }

    [Fact]
    public void Many_features_are_the_largest_and_the_others_together()
    {
        var svg = Waterfall.Draw([.. Enumerable.Range(1, 40).Select(i => new Feature($"f{i}", "", i))], 820, maxRows: 5).ToSvg();
        Assert.Contains(">f40<", svg, StringComparison.Ordinal);
        Assert.DoesNotContain(">f35<", svg, StringComparison.Ordinal);
        Assert.Contains("35 other features", svg, StringComparison.Ordinal);
        Assert.Contains("+630", svg, StringComparison.Ordinal); // 1 + … + 35
    }

    [Fact]
    public void A_text_is_kept_to_the_letter()
    {
        const string Text = "Ärger & <b>Freude</b>\n  猫 👩‍🚀 end";
        var html = new HighlightedText(Text, [new(0, 5), new(8, 3), new(0, 0)], [1, -0.5f, 9]).ToHtml();
        Assert.Equal(Text, System.Net.WebUtility.HtmlDecode(Regex.Replace(html, "<[^>]+>", "")));
        Assert.Equal(2, Regex.Count(html, "<span "));
    }

    [Fact]
    public void A_word_longer_than_a_line_is_broken_between_letters()
    {
        var text = string.Concat(Enumerable.Repeat("👩‍🚀猫é\ufffe", 40));
        var svg = new HighlightedText(text, [new(0, text.Length)], [1]).ToFigure(120).ToSvg();
        var lines = Regex.Matches(svg, "<text[^>]*textLength=\"([0-9.]+)\"[^>]*>([^<]+)</text>");
        Assert.InRange(lines.Count, 15, 30); // 5 cells and an escape each, in 13 cells
        Assert.All(lines, line => Assert.InRange(double.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture), 1, 120));
        Assert.DoesNotContain("\\uD", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void A_word_of_several_tokens_stands_on_one_line()
    {
        // 12 letters a line: "wonderful" does not fit behind "how ".
        var svg = new HighlightedText("how wonderful", [new(0, 3), new(4, 6), new(10, 3)], [0, 1, 2]).ToFigure(120).ToSvg();
        Assert.Equal(["how", "wonder", "ful"], Regex.Matches(svg, "<text[^>]*>([^<]+)<").Select(m => m.Groups[1].Value));
        var heights = Regex.Matches(svg, "<text[^>]* y=\"([^\"]+)\"").Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(heights[1], heights[2]);
        Assert.NotEqual(heights[0], heights[1]);
    }

    [Fact]
    public void Tokens_that_share_letters_have_the_sum_of_their_relevance_there()
    {
        string[] Marked(HighlightedText text) => [.. Regex.Matches(text.ToHtml(), "title=\"([^\"]+)\">([^<]+)<").Select(m => $"{m.Groups[2].Value} {m.Groups[1].Value}")];

        // As tokenizers of bytes say it: four tokens for one emoji, each of which stands at all of it.
        Assert.Equal(["a +1.00", "👍 +3.00", "b −2.00"], Marked(new("a👍b", [new(0, 1), new(1, 2), new(1, 2), new(1, 2), new(1, 2), new(3, 1)], [1, 2, -0.5f, 0.5f, 1, -2])));
        Assert.Equal(["a +1.00", "b +3.00", "c +2.00"], Marked(new("abc", [new(1, 2), new(0, 2)], [2, 1])));

        // Others end within a letter: it is both tokens'.
        Assert.Equal(["👍 +3.00"], Marked(new("👍", [new(0, 1), new(1, 1)], [1, 2])));
        Assert.Equal(["x +1.00", "👩‍🚀 +5.00"], Marked(new("x👩‍🚀", [new(0, 1), new(1, 2), new(3, 1), new(4, 2)], [1, 2, 0, 3])));
        Assert.Equal(5, new HighlightedText("👍", [new(0, 1), new(1, 1)], [2, 3]).Scale.Max);
    }

    [Theory]
    [InlineData("猫", "犬")]
    [InlineData("👍", "👎")]
    [InlineData("א", "ב")]
    [InlineData("ა", "ბ")]
    public void A_letter_that_the_usual_typeface_lacks_is_drawn_by_one_that_has_it(string one, string other)
    {
        byte[] Picture(string letter) => new HighlightedText(letter, [], []).ToFigure(120).ToPng();
        var usual = Typefaces.Of(new Words(0, 0, "", Ink.Text, Mono: true));
        Assert.SkipWhen(usual is null, "This machine has no typeface.");
        Assert.SkipWhen(Typefaces.Has(usual!, one.EnumerateRunes().First()), $"The usual typeface of this machine has {one}.");
        Assert.SkipWhen(Typefaces.Fallback(one.EnumerateRunes().First()) is null, $"No typeface of this machine has {one}.");
        Assert.NotEqual(Picture(one), Picture(other)); // boxes are all alike
        Assert.NotEqual(Picture(one), Picture("\U0010FFFD"));
        Assert.Equal(2, Typefaces.Runs("a" + one, usual!).Count());
        Assert.Equal("a" + one, string.Concat(Typefaces.Runs("a" + one + "\ufe0f", usual!).Select(run => run.Text)));
    }

    [Fact]
    public void Tokens_outside_of_the_text_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new HighlightedText("abc", [new(2, 2)], [1]));
        Assert.Throws<ArgumentException>(() => new HighlightedText("abc", [new(-1, 2)], [1]));
        Assert.Throws<ArgumentException>(() => new HighlightedText("abc", [new(int.MaxValue, 2)], [1]));
        Assert.Throws<ShapeException>(() => new HighlightedText("abc", [new(0, 2)], [1, 1]));
        Assert.Throws<NotFiniteException>(() => new HighlightedText("abc", [new(0, 2)], [float.NaN]));
    }

    [Fact]
    public void Numbers_that_cannot_be_drawn_are_refused()
    {
        Assert.Throws<NotFiniteException>(() => Waterfall.Draw([new("a", "", double.NaN)], 1));
        Assert.Throws<NotFiniteException>(() => Waterfall.Draw([new("a", "", 1)], double.PositiveInfinity));
        Assert.Throws<NotFiniteException>(() => SignalMap.Draw([], [1, float.NaN], new SampleLayout(1, [2])));
        Assert.Throws<ShapeException>(() => VolumeSlices.Draw([1, 2], [1, 2, 3, 4], new SampleLayout(1, [1, 2, 2])));
        Assert.Throws<ShapeException>(() => LayerStrip.Draw([new("x", [2, 2, 2, 2, 2], new float[32])]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Waterfall.Draw([new("a", "", 1)], 1).ToRaster(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => Waterfall.Draw([new("a", "", 1)], 1).ToRaster(100)); // 100 million pixels at most
    }

    [Fact]
    public void The_slice_with_most_relevance_is_always_shown()
    {
        var relevance = new float[100 * 4];
        relevance[97 * 4] = 1;
        var svg = VolumeSlices.Draw([], relevance, new SampleLayout(1, [100, 2, 2]), count: 4).ToSvg();
        Assert.Contains(">slice 97<", svg, StringComparison.Ordinal);
        Assert.Contains(">most relevance<", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_do_not_fit_are_cut_with_a_sign()
        => Assert.Matches(@">\w+…</text>", Waterfall.Draw([new(new string('x', 300), "1", 1)], 1).ToSvg());

    private static IEnumerable<(string Name, Figure Figure)> Kinds()
    {
        yield return ("bar", ColorBar.Draw(new RelevanceScale(0.0123), ColorMap.ColdNHot));
        yield return ("waterfall", Waterfall.Draw([.. Enumerable.Range(0, 20).Select(i => new Feature($"feature {i}", $"{i * 1.5}", Math.Sin(i) * 3))], 2.5, "Logit of a class"));
        yield return ("text", new HighlightedText("A film that is not bad, but one should bring patience for its length: two hours and a half.", [new(15, 3), new(19, 3), new(45, 4), new(49, 4)], [-1, 0.4f, 0.8f, 0.3f]).ToFigure(480));

        float[] signal = [.. Enumerable.Range(0, 3 * 500).Select(i => MathF.Sin(i % 500 * (0.02f + 0.03f * (i / 500))) + 0.1f * MathF.Sin(i * 7.3f))];
        float[] moments = [.. Enumerable.Range(0, 3 * 500).Select(i => MathF.Exp(-MathF.Pow((i % 500 - 150 - 100 * (i / 500)) / 40f, 2)) * (i / 500 == 1 ? -0.7f : 1))];
        yield return ("signal", SignalMap.Draw(signal, moments, new SampleLayout(3, [500]), ["ECG I", "ECG II", "respiration"], samplingRate: 250));

        float[] volume = [.. Enumerable.Range(0, 16 * 24 * 24).Select(i => Ball(i, 0) < 1 ? 1f : 0)];
        float[] places = [.. Enumerable.Range(0, 16 * 24 * 24).Select(i => (float)(Math.Exp(-Ball(i, 3)) - 0.7 * Math.Exp(-Ball(i, -3) * 2)))];
        yield return ("volume", VolumeSlices.Draw(volume, places, new SampleLayout(1, [16, 24, 24])));

        yield return ("layers", LayerStrip.Draw([new("conv1", [1, 24, 24], places[..(24 * 24)]), new("signal", [3, 500], moments), new("fc", [50], signal[..50])]));
    }

    private static double Ball(int i, int shift)
    {
        var (x, y, z) = (i % 24 - 12 - shift, i / 24 % 24 - 12, i / 576 - 8);
        return (x * x + y * y + z * z) / 40.0;
    }
}
