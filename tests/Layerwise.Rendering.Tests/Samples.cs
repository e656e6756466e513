using SkiaSharp;

namespace Layerwise.Rendering.Tests;

/// <summary>Reports and figures with numbers that a reader can follow.</summary>
internal static class Samples
{
    private static readonly Report Frame = new()
    {
        Model = new ReportModel("credit.onnx", new string('a', 64), 12_345),
        Input = "applicants.npy, sample 17",
        Classes = ClassScore.Of([1.25f, -0.75f], ["good risk", "bad risk"]),
        Target = 0,
        Parts = [],
        Method = new ReportMethod("Layer-wise Relevance Propagation (Bach et al. 2015)", "EpsilonPlus", "the target's logit", [new("ε of dense layers", "1e-6")]),
        Layers = [Layer("fc1"), Layer("fc2")],
        Conservation = new Conservation(1.25, 1.05, 0.2, 1e-6, 0, []),
        Generator = "Layerwise 9.9",
        Created = new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero),
        Took = TimeSpan.FromMilliseconds(3.2),
    };

    public static Layer Layer(string name) => new(name, "Gemm + Relu", "[N, 16]", Rule.Epsilon, "dense layer", Leak.Bounded, "bias", [], name + ".out");

    public static Report Table() => Frame with
    {
        Parts =
        [
            ReportPart.Of(
                "What each feature adds",
                Waterfall.Draw(
                    [
                        new Feature("income", "48,200", 0.92), new Feature("age", "41", 0.31), new Feature("open loans", "3", -0.58), new Feature("years at the same address", "12", 0.44),
                        new Feature("missed payments", "1", -0.37), new Feature("owns a house", "yes", 0.27), new Feature("children", "2", 0.06),
                    ],
                    1.25,
                    "Logit of good risk"),
                "Red speaks for good risk, blue against it."),
        ],
    };

    public static Report Text()
    {
        const string Review = "The acting is not good, and the second half drags; but the music is wonderful, and I would see it again.";
        string[] words = Review.Split(' ');
        var start = 0;
        var tokens = words.Select(word => new TokenSpan((start += word.Length + 1) - word.Length - 1, word.TrimEnd(',', ';', '.').Length)).ToList();
        float[] relevance = [.. words.Select(word => word.TrimEnd(',', ';', '.') switch { "not" => -0.9f, "good" => -0.4f, "drags" => -0.7f, "wonderful" => 1f, "again" => 0.5f, "see" => 0.3f, "music" => 0.15f, _ => 0f })];
        return Frame with
        {
            Model = Frame.Model with { File = "reviews.onnx" },
            Input = "review.txt",
            Classes = ClassScore.Of([1.25f, 1.1f], ["positive", "negative"]),
            Parts = [ReportPart.Of("What speaks for it in the text", new HighlightedText(Review, tokens, relevance), "Red speaks for positive, blue against it.")],
        };
    }

    public static Report Image()
    {
        const int Side = 48;
        using var bitmap = new SKBitmap(Side, Side);
        var relevance = new float[Side * Side];
        for (var i = 0; i < relevance.Length; i++)
        {
            var (x, y) = (i % Side - 24, i / Side - 24);
            bitmap.SetPixel(i % Side, i / Side, x * x + y * y < 200 ? new SKColor(40, 60, 90) : new SKColor(120, 190, 90));
            relevance[i] = MathF.Exp(-MathF.Pow(MathF.Sqrt(x * x + y * y) - 13, 2) / 8) * (x > 6 ? -1 : 1);
        }

        var layout = SampleLayout.Of([1, Side, Side])!;
        var picture = Picture.FromBitmap(bitmap);
        return Frame with
        {
            Model = Frame.Model with { File = "shapes.onnx" },
            Input = "disc.png",
            Classes = ClassScore.Of([4, 1, 0, -2], ["disc", "ring", "square", "star"]),
            Parts =
            [
                ReportPart.Of("What speaks for it in the picture", PictureExplanation.Draw(picture, relevance, layout, "disc"), "Red speaks for disc, blue against it."),
                ReportPart.Of("Beside other classes", ClassComparison.Draw([new("disc", relevance), new("ring", [.. relevance.Select(r => -r / 2)])], layout, picture), ""),
            ],
        };
    }

    /// <summary>Keeps a picture to look at, under <c>artifacts/</c>.</summary>
    public static void Keep(string file, string name) => Keep(File.ReadAllBytes(file), name);

    /// <inheritdoc cref="Keep(string, string)"/>
    public static void Keep(byte[] png, string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Compiler.sln")))
            {
                File.WriteAllBytes(Path.Combine(folder.CreateSubdirectory("artifacts/pictures").FullName, name), png);
                return;
            }
        }
    }
}
