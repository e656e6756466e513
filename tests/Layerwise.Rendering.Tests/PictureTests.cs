using Layerwise.Testing;
using SkiaSharp;
using TorchSharp;

namespace Layerwise.Rendering.Tests;

public sealed class PictureTests : IDisposable
{
    private static readonly SKColor[] FourColors = [new(10, 20, 30), new(40, 50, 60), new(70, 80, 90), new(200, 150, 100)];

    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Caffe_models_get_blue_green_red_minus_the_mean()
    {
        var picture = Picture.Load(_folder.Png("a.png", 2, FourColors));
        var caffe = new ImageInput { Order = ChannelOrder.Bgr, Mean = [104, 117, 123], Scale = 1 };
        float[] expected =
        [
            30 - 104, 60 - 104, 90 - 104, 100 - 104,
            20 - 117, 50 - 117, 80 - 117, 150 - 117,
            10 - 123, 40 - 123, 70 - 123, 200 - 123,
        ];
        Assert.Equal(expected, picture.ToSample(SampleLayout.Of([3, 2, 2])!, caffe));
    }

    [Fact]
    public void Channels_last_models_get_the_same_numbers_in_their_own_order()
    {
        var picture = Picture.Load(_folder.Png("a.png", 2, FourColors));
        var scaling = new ImageInput { Mean = [0.1f, 0.2f, 0.3f], Std = [0.5f, 0.25f, 2] };
        var first = picture.ToSample(SampleLayout.Of([3, 2, 2])!, scaling);
        var last = picture.ToSample(new SampleLayout(3, [2, 2], ChannelsLast: true), scaling);
        Assert.Equal((200 / 255f - 0.1f) / 0.5f, first[3], 1e-5f);
        for (var position = 0; position < 4; position++)
        {
            Assert.Equal([first[position], first[4 + position], first[8 + position]], last[(position * 3)..(position * 3 + 3)]);
        }
    }

    [Fact]
    public void One_channel_is_brightness()
    {
        var picture = Picture.Load(_folder.Png("a.png", 2, new SKColor(77, 77, 77), new SKColor(255, 0, 0)));
        var sample = picture.ToSample(SampleLayout.Of([1, 1, 2])!, new ImageInput { Scale = 1 });
        Assert.Equal(77, sample[0]); // grey stays to the bit
        Assert.Equal(0.299f * 255, sample[1], 1e-3f);
    }

    [Fact]
    public void Transparent_pixels_lie_over_white()
    {
        var picture = Picture.Load(_folder.Png("a.png", 2, new SKColor(10, 20, 30, 0), new SKColor(10, 20, 30, 255)));
        Assert.Equal([255, 255, 255, 10, 20, 30], picture.Pixels);
    }

    [Fact]
    public void Shrinking_averages_what_falls_together()
    {
        // Black and white columns in turn: without antialiasing one of them would vanish.
        var columns = Enumerable.Range(0, 64 * 64).Select(i => i % 2 == 0 ? SKColors.Black : SKColors.White).ToArray();
        var small = Picture.Load(_folder.Png("a.png", 64, columns)).Resize(8, 8);
        Assert.Equal((8, 8), (small.Width, small.Height));
        Assert.All(small.Pixels, pixel => Assert.InRange(pixel, 120, 135));
    }

    [Fact]
    public void Resizing_does_not_keep_the_aspect_ratio_and_keeps_what_lies_where()
    {
        var halves = Enumerable.Range(0, 8 * 4).Select(i => i % 8 < 4 ? SKColors.Red : SKColors.Blue).ToArray();
        var picture = Picture.Load(_folder.Png("a.png", 8, halves)).Resize(6, 12);
        Assert.Equal((6, 12), (picture.Width, picture.Height));
        Assert.Equal([255, 0, 0], picture.Pixels[..3]);
        Assert.Equal([0, 0, 255], picture.Pixels[^3..]);
    }

    [Fact]
    public void A_photo_taken_with_the_camera_turned_stands_upright()
    {
        // A JPEG 16×8, left half white; EXIF orientation 6: to be turned right, so that its left comes to the top.
        using var bitmap = new SKBitmap(16, 8);
        bitmap.Pixels = [.. Enumerable.Range(0, 16 * 8).Select(i => i % 16 < 8 ? SKColors.White : SKColors.Black)];
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);
        byte[] exif = [.. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
        var jpeg = encoded.ToArray();
        var picture = Picture.Load(_folder.Write("a.jpg", [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]]));
        Assert.Equal((8, 16), (picture.Width, picture.Height));
        Assert.InRange(picture.Luma(0), 250, 255);
        Assert.InRange(picture.Luma(8 * 16 - 1), 0, 5);
    }

    [Fact]
    public void A_picture_cut_short_is_refused()
    {
        var noise = Enumerable.Range(0, 32 * 32).Select(i => new SKColor((uint)(i * 2654435761u | 0xFF000000u))).ToArray();
        var whole = File.ReadAllBytes(_folder.Png("a.png", 32, noise));
        foreach (var length in (int[])[0, 4, 20, whole.Length / 2, whole.Length - 40])
        {
            var file = _folder.Write("cut.png", whole[..length]);
            Assert.Throws<PictureException>(() => Picture.Load(file));
        }
    }

    [Theory]
    [InlineData(5, 3)]
    [InlineData(3, 5)]
    [InlineData(17, 29)]
    [InlineData(40, 2)]
    public void Resizing_gives_the_numbers_of_PyTorch(int width, int height)
    {
        const int W = 17, H = 11;
        var random = new Random(1);
        var picture = Picture.Load(_folder.Png("a.png", W, [.. Enumerable.Range(0, W * H).Select(_ => new SKColor((uint)random.Next() | 0xFF000000u))]));
        using var scope = torch.NewDisposeScope();
        var planes = torch.tensor(picture.Pixels, [1, H, W, 3]).permute(0, 3, 1, 2);
        var expected = torch.nn.functional.interpolate(planes, [height, width], mode: torch.InterpolationMode.Bilinear, align_corners: false, antialias: true);

        var values = expected.permute(0, 2, 3, 1).contiguous().data<float>().ToArray();
        var actual = picture.Resize(width, height).Pixels;
        Assert.Equal(values.Length, actual.Length);
        Assert.All(values.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-3f));
    }

    [Fact]
    public void A_bitmap_of_any_colour_type_is_a_picture()
    {
        using var bitmap = new SKBitmap(2, 1, SKColorType.Bgra8888, SKAlphaType.Premul);
        bitmap.SetPixel(0, 0, new SKColor(10, 20, 30));
        bitmap.SetPixel(1, 0, new SKColor(200, 100, 0));
        var picture = Picture.FromBitmap(bitmap);
        Assert.Equal([10, 20, 30, 200, 100, 0], picture.Pixels);
        Assert.Equal(new SKColor(200, 100, 0), picture.ToRaster()[1, 0]);
    }
}
