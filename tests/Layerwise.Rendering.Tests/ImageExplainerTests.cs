using Layerwise.Testing;
using SkiaSharp;

namespace Layerwise.Rendering.Tests;

[Explainer("silhouettes-clean.onnx", Composite = Composite.EpsilonGammaBox)]
[ImageInput]
public partial class Animals;

/// <summary>The same numbers, as a model would have them that was trained on normalized pixels.</summary>
[Explainer("silhouettes-clean.onnx")]
[ImageInput(Mean = new[] { 0.485, 0.456, 0.406 }, Std = new[] { 0.229, 0.224, 0.225 }, Order = ChannelOrder.Bgr, Fit = ImageFit.CenterCrop, Resize = 72)]
public partial class Normalized;

public sealed class ImageExplainerTests : IDisposable
{
    private static readonly string Horse = Path.Combine(AppContext.BaseDirectory, "horse-plain-1.png");

    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_explained_and_drawn_in_three_lines()
    {
        var path = _folder["why.png"];

        using var net = new Animals();
        using var why = net.Explain(Horse, Animals.Label.Horse);
        why.Heatmap().Save(path);

        using var drawn = SKBitmap.Decode(path);
        Assert.Equal((256, 256), (drawn.Width, drawn.Height));
        Assert.Equal([(int)Animals.Label.Horse], why.Target);
        Assert.Contains("horse", why.Draw().ToSvg(), StringComparison.Ordinal);
        Samples.Keep(path, "explained.png");
    }

    [Fact]
    public void Every_form_of_a_picture_gives_the_same_explanation()
    {
        using var net = new Animals();
        using var stream = File.OpenRead(Horse);
        using var bitmap = SKBitmap.Decode(Horse);
        var picture = Picture.Load(Horse);
        using var fromPath = net.Explain(Horse);
        using var fromStream = net.Explain(stream);
        using var fromBitmap = net.Explain(bitmap);
        using var fromPicture = net.Explain(picture);
        using var fromBatch = net.Explain([picture, picture]);

        float[] expected = fromPath.RelevanceOf();
        Assert.All(new[] { fromStream, fromBitmap, fromPicture }, why => Assert.Equal(expected, why.RelevanceOf()));
        Assert.Equal(2, fromBatch.Pictures.Count);
        Assert.Equal(expected, fromBatch.RelevanceOf(1), (a, b) => MathF.Abs(a - b) <= 1e-5f * MathF.Max(1, MathF.Abs(a)));
        Assert.Equal(net.Predict(Horse), net.Predict(picture));
        Assert.Equal(Animals.Labels.Count, net.Predict(bitmap).Length);
    }

    [Fact]
    public void Several_classes_share_one_picture()
    {
        using var net = new Animals();
        var picture = Picture.Load(Horse);
        var each = net.ExplainEach(picture, [Animals.Label.Horse, Animals.Label.Cat]);
        using var against = net.Explain(picture, Animals.Label.Horse, Animals.Label.Cat);

        Assert.Equal([(int)Animals.Label.Horse, (int)Animals.Label.Cat], each.Select(why => why.Target[0]));
        Assert.All(each, why => Assert.Equal(64, why.Heatmap(0, new HeatmapOptions { MinSide = 1 }).Width));
        Assert.Equal((int)Animals.Label.Cat, against.Against);
        foreach (var why in each)
        {
            why.Dispose();
        }
    }

    [Fact]
    public void The_declared_input_is_what_the_network_gets()
    {
        using var net = new Normalized();
        var picture = Picture.Load(_folder.Png("wide.png", 100, [.. Enumerable.Range(0, 100 * 80).Select(i => new SKColor((byte)(i % 100 * 2), (byte)(i / 100 * 3), 77))]));
        var seen = picture.FitTo(Normalized.Image);
        using var why = net.Explain(picture);

        Assert.Equal((64, 64, 72), (Normalized.Image.Width, Normalized.Image.Height, Normalized.Image.Resize));
        Assert.Equal((64, 64), (seen.Width, seen.Height));
        var blueFirst = seen.ToSample(why.Layout, Normalized.Image);
        Assert.Equal((77 / 255f - 0.485f) / 0.229f, blueFirst[0], 1e-5f);
        Assert.Equal(seen.Pixels, why.Pictures[0].Pixels);
        using var same = net.Explain(blueFirst);
        Assert.Equal(same.RelevanceOf(), why.RelevanceOf());
    }

    // 90x72 keeps 64x64 from (13, 4): what torchvision's Resize(72) and CenterCrop(64) leave of 100x80.
    [Fact]
    public void The_middle_is_cut_out_as_torchvision_does()
    {
        var picture = Picture.Load(_folder.Png("wide.png", 100, [.. Enumerable.Range(0, 100 * 80).Select(i => new SKColor((byte)(i % 100 * 2), (byte)(i / 100 * 3), 77))]));
        var cut = picture.FitTo(Normalized.Image);
        var whole = picture.Resize(90, 72);

        Assert.Equal(whole.Pixels[((4 * 90) + 13) * 3], cut.Pixels[0]);
        Assert.Equal(whole.Pixels[((67 * 90) + 76) * 3], cut.Pixels[^3]);
    }

    [Fact]
    public void The_bounds_are_the_values_of_black_and_white()
    {
        Assert.Equal([0f], Animals.Image.Low);
        Assert.Equal([1f], Animals.Image.High);
        Assert.Equal((0 - 0.456f) / 0.224f, Normalized.Image.Low[1]);
        Assert.Equal((1 - 0.406f) / 0.225f, Normalized.Image.High[2], 1e-5f);
        Assert.Equal([-1f], new ImageInput { Scale = -1 / 255f }.Low);
    }

    [Fact]
    public void What_is_too_large_or_no_picture_is_refused_by_its_problem()
    {
        using var net = new Animals();
        PictureProblem Of(Action act) => Assert.Throws<PictureException>(act).Problem;

        Assert.Equal(PictureProblem.NotAPicture, Of(() => net.Explain(new MemoryStream([1, 2, 3]))));
        Assert.Equal(PictureProblem.NotAPicture, Of(() => net.Explain(Stream.Null)));
        Assert.Equal(PictureProblem.Damaged, Of(() => net.Explain(new MemoryStream(File.ReadAllBytes(Horse)[..^600]))));
        Assert.Equal(PictureProblem.TooManyBytes, Of(() => Picture.Load(new EndlessStream(), new PictureLimits { MaxBytes = 1_000_000 })));
        Assert.Equal(PictureProblem.TooManyBytes, Of(() => Picture.Load(Horse, new PictureLimits { MaxBytes = 100 })));
        Assert.Equal(PictureProblem.TooManyPixels, Of(() => Picture.Load(Horse, new PictureLimits { MaxPixels = 64 * 63 })));
        Assert.Equal(PictureProblem.TooManyPixels, Of(() => Picture.Load(_folder.Png("thin.png", 20_000, [.. Enumerable.Repeat(SKColors.Red, 20_000)])).FitTo(Normalized.Image with { Resize = 224 })));
    }

    private sealed class EndlessStream : MemoryStream
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer) => buffer.Length;

        public override int Read(byte[] buffer, int offset, int count) => count;
    }
}
