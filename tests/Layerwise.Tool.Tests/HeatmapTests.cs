using Layerwise.Tool.Images;
using SkiaSharp;

namespace Layerwise.Tool.Tests;

public sealed class HeatmapTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Over_a_picture_red_speaks_for_and_blue_against()
    {
        var grey = new SKColor(128, 128, 128);
        var picture = Picture.Load(_folder.Png("a.png", 3, grey, grey, grey));
        var map = Heatmap.Over(picture, [0, 2, -1, 0, 1, -2], new SampleLayout(2, [1, 3], ChannelsLast: false)); // channels are summed: 0, 3, -3

        Assert.Equal((3, 1), (map.Width, map.Height));
        var (none, positive, negative) = (Pixel(map, 0, 0), Pixel(map, 1, 0), Pixel(map, 2, 0));
        Assert.True(none.R == none.G && none.G == none.B); // the picture shows
        Assert.True(positive.R > positive.B + 50 && positive.R > positive.G + 50);
        Assert.True(negative.B > negative.R + 50 && negative.B > negative.G + 50);
    }

    [Fact]
    public void The_scale_is_symmetric_and_spares_extremes()
    {
        // 1,000 pixels of ±1 and one of 1,000: that one must not wash out the others.
        float[] relevance = [.. Enumerable.Range(0, 1000).Select(i => i % 2 == 0 ? 1f : -1f), 1000];
        var map = Heatmap.Alone(relevance, SampleLayout.Of([1, 1, 1001])!);
        Assert.Equal(Pixel(map, 0, 0), Pixel(map, 1000, 0));
        Assert.True(Pixel(map, 0, 0).R > Pixel(map, 0, 0).B + 50);
        Assert.True(Pixel(map, 1, 0).B > Pixel(map, 1, 0).R + 50);
    }

    [Fact]
    public void A_single_relevant_pixel_is_seen()
    {
        var relevance = new float[28 * 28];
        relevance[5] = 1e-3f;
        var map = Heatmap.Alone(relevance, SampleLayout.Of([1, 28, 28])!);
        Assert.Equal((280, 280), (map.Width, map.Height));
        Assert.True(Pixel(map, 50, 0).R > Pixel(map, 50, 0).B + 50);
        Assert.Equal((byte)255, Pixel(map, 0, 0).G);
    }

    [Theory]
    [InlineData(new long[] { 4, 100 }, 300, 256)] // channels over time, each axis enlarged alone
    [InlineData(new long[] { 3, 32, 16 }, 128, 256)]
    [InlineData(new long[] { 32, 16, 3 }, 128, 256)]
    [InlineData(new long[] { 1, 5, 300, 300 }, 300, 300)]
    public void Alone_it_is_enlarged_to_be_seen(long[] shape, int width, int height)
    {
        var map = Heatmap.Alone(new float[shape.Aggregate((a, b) => a * b)], SampleLayout.Of(shape)!);
        Assert.Equal((width, height), (map.Width, map.Height));
    }

    [Fact]
    public void A_volume_shows_its_middle_slice()
    {
        var relevance = new float[5 * 4 * 4];
        relevance[2 * 16] = 1;
        relevance[3 * 16 + 15] = 1;
        var map = Heatmap.Alone(relevance, SampleLayout.Of([1, 5, 4, 4])!);
        Assert.True(Pixel(map, 0, 0).G < 100);
        Assert.Equal((byte)255, Pixel(map, 255, 255).G);
    }

    [Fact]
    public void What_is_no_number_stays_clear()
    {
        var map = Heatmap.Alone([float.NaN, 1, float.PositiveInfinity, 0], SampleLayout.Of([1, 2, 2])!);
        Assert.Equal((byte)255, Pixel(map, 0, 0).G);
    }

    private static (byte R, byte G, byte B) Pixel(Raster map, int x, int y)
    {
        var at = (y * map.Width + x) * 4;
        return (map.Rgba[at], map.Rgba[at + 1], map.Rgba[at + 2]);
    }
}
