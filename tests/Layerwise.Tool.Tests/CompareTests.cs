using System.Text.Json;
using CsCheck;
using Layerwise.Rendering.Tests;
using Layerwise.Testing;
using Layerwise.Tool.Comparison;
using SkiaSharp;

namespace Layerwise.Tool.Tests;

/// <summary>Two models on the same inputs.</summary>
public sealed class CompareTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_is_like_itself()
    {
        var model = Models.Dense(_folder);
        var json = Compare(model, model, "--input", _folder.Array("x.npy", [2, 4], 1, 2, 3, 4, 5, 6, 7, 8), "--composite", "EpsilonPlus");
        Assert.Equal((2, 2), (json.GetProperty("samples").GetInt32(), json.GetProperty("agreed").GetInt32()));
        foreach (var name in (string[])["meanSpearman", "meanCosine", "sumSpearman", "sumCosine"])
        {
            Assert.Equal(1, json.GetProperty(name).GetDouble(), 1e-9);
        }
    }

    [Fact]
    public void Another_model_of_the_same_classes_is_told_apart()
    {
        var (model, other) = (Models.Dense(_folder), Other());
        var input = _folder.Array("x.npy", [1, 4], 1, 2, 3, 4);
        var json = Compare(model, other, "--input", input, "--target", "2", "--initial", "logit", "--composite", "EpsilonPlus");
        Assert.Equal(0, json.GetProperty("agreed").GetInt32());
        var sample = json.GetProperty("compared")[0];
        Assert.Equal((2, 0), (sample.GetProperty("a").GetProperty("index").GetInt32(), sample.GetProperty("b").GetProperty("index").GetInt32()));
        // Class 2 of A is 3 x[2] − x[3], of B −x[0]: they look at different elements.
        Assert.Equal(0, sample.GetProperty("cosine").GetDouble(), 1e-6);
        var text = Cli.Run("compare", model, other, "--input", input);
        Assert.Contains("0 of 1 alike", text.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("out.html")]
    [InlineData("out.png")]
    [InlineData("out.svg")]
    public void Pictures_stand_side_by_side(string file)
    {
        var pictures = Directory.CreateDirectory(_folder["pictures"]).FullName;
        foreach (var (name, color) in new[] { ("<b>red.png", SKColors.Red), ("blue.png", SKColors.Blue) })
        {
            _folder.Png(Path.Combine("pictures", name), 4, [.. Enumerable.Repeat(color, 16)]);
        }

        var model = Models.Colors(_folder);
        var run = Cli.Run("compare", model, model, "--image", pictures, "-o", _folder[file]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("2 of 2 alike", run.Output, StringComparison.Ordinal);
        var content = File.ReadAllBytes(_folder[file]);
        Assert.True(content.Length > 2000);
        if (file.EndsWith("html", StringComparison.Ordinal))
        {
            var page = System.Text.Encoding.UTF8.GetString(content);
            Assert.DoesNotContain("<b>red", page, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("&lt;b&gt;red.png", page, StringComparison.Ordinal);
            Assert.Contains("<svg", page, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_a_browser_the_page_shows_what_each_model_looks_at(bool dark)
    {
        string File(string name) => Path.Combine(SharedFolder.RepositoryRoot, name);
        var run = Cli.Run("compare", File("models/silhouettes-stamped.onnx"), File("models/silhouettes-clean.onnx"), "--labels", File("models/silhouettes.txt"), "--image", File("samples/CleverHans/pictures"), "-o", _folder["both.html"]);
        Assert.Equal(0, run.Code);
        Assert.Contains("below 0 in 1 of 10 samples of B;", run.Error, StringComparison.Ordinal); // the stamped dog, of which only the other says "horse"

        var page = await Browser.Screenshot(_folder, new Uri(_folder["both.html"]), "comparison", dark);
        var colors = Enumerable.Range(0, page.Width * page.Height).Select(i => (R: page.Pixels[3 * i], G: page.Pixels[3 * i + 1], B: page.Pixels[3 * i + 2])).ToList();
        Assert.Equal(dark ? (20, 23, 28) : (255, 255, 255), ((int)colors[0].R, (int)colors[0].G, (int)colors[0].B));
        Assert.True(colors.Count(c => c.R > c.B + 80) > 200, "no red");
        Assert.True(colors.Count(c => c.B > c.R + 80) > 200, "no blue");
        var html = await System.IO.File.ReadAllTextAsync(_folder["both.html"], TestContext.Current.CancellationToken);
        Assert.Contains("The models predict the same class for 9 of 10 samples.", html, StringComparison.Ordinal);
        Assert.Contains("<strong>horse</strong>", html, StringComparison.Ordinal); // the stamped dog
    }

    [Fact]
    public void Models_that_cannot_be_compared_are_refused()
    {
        var input = _folder.Array("x.npy", [1, 4], 1, 2, 3, 4);
        Assert.Contains("different inputs", Cli.Refused(1, "compare", Models.Dense(_folder), Models.Colors(_folder), "--input", input), StringComparison.Ordinal);
        Assert.Contains("cannot be drawn", Cli.Refused(1, "compare", Models.Dense(_folder), Models.Dense(_folder), "--input", input, "-o", _folder["x.png"]), StringComparison.Ordinal);
        Cli.Refused(2, "compare", Models.Dense(_folder), Models.Dense(_folder), "--input", input, "-o", _folder["x.pdf"]);
    }

    [Fact]
    public void Ranks_and_angles_are_what_they_are_called()
    {
        Assert.Equal(1, Similarity.Spearman([1, 2, 3, 10], [1, 4, 9, 100]), 1e-12);
        Assert.Equal(-1, Similarity.Spearman([1, 2, 3], [3, 2, 1]), 1e-12);
        // Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: 4.5 / √(4.5 · 5).
        Assert.Equal(4.5 / Math.Sqrt(4.5 * 5), Similarity.Spearman([1, 2, 2, 3], [10, 30, 20, 40]), 1e-12);
        Assert.True(double.IsNaN(Similarity.Spearman([1, 1], [1, 2])));
        Assert.Equal(0, Similarity.Cosine([1, 0], [0, 1]));
        Assert.Equal(-1, Similarity.Cosine([1, 2], [-2, -4]), 1e-12);
        Gen.Single[-10, 10].Array[3, 40].Sample(values =>
        {
            float[] squeezed = [.. values.Select(v => MathF.Atan(v))];
            var rank = Similarity.Spearman(values, squeezed);
            Assert.True(values.Distinct().Count() == 1 || rank > 0.999, $"{rank}");
        });
    }

    private JsonElement Compare(params string[] args)
    {
        var run = Cli.Run(["compare", .. args, "--json"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        return JsonDocument.Parse(run.Output).RootElement;
    }

    /// <summary>[N, 4] → [N, 3], in which class 0 always wins, and class 2 is −x[0].</summary>
    private string Other() => new ModelBuilder()
        .Input("x", "N", 4)
        .Output("y", "N", 3)
        .Tensor("w", [9f, 0, 0, 0, 0, 2, 0, -1, -1, 0, 0, 0], 3, 4)
        .Tensor("b", [0f, 0, 0], 3)
        .Node("Gemm", "x w b", "y", "fc", ("transB", 1))
        .Save(_folder["other.onnx"]);
}
