using Layerwise.Testing;
using SkiaSharp;

namespace Layerwise.Rendering.Tests;

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
        var (none, positive, negative) = (map[0, 0], map[1, 0], map[2, 0]);
        Assert.True(none.Red == none.Green && none.Green == none.Blue); // the picture shows
        Assert.True(positive.Red > positive.Blue + 50 && positive.Red > positive.Green + 50);
        Assert.True(negative.Blue > negative.Red + 50 && negative.Blue > negative.Green + 50);
    }

    [Fact]
    public void The_scale_is_symmetric_and_spares_extremes()
    {
        // 1,000 pixels of ±1 and one of 1,000: that one must not wash out the others.
        float[] relevance = [.. Enumerable.Range(0, 1000).Select(i => i % 2 == 0 ? 1f : -1f), 1000];
        var map = Heatmap.Alone(relevance, SampleLayout.Of([1, 1, 1001])!);
        Assert.Equal(map[0, 0], map[1000, 0]);
        Assert.True(map[0, 0].Red > map[0, 0].Blue + 50);
        Assert.True(map[1, 0].Blue > map[1, 0].Red + 50);
    }

    [Fact]
    public void A_single_relevant_pixel_is_seen()
    {
        var relevance = new float[28 * 28];
        relevance[5] = 1e-3f;
        var map = Heatmap.Alone(relevance, SampleLayout.Of([1, 28, 28])!);
        Assert.Equal((280, 280), (map.Width, map.Height));
        Assert.True(map[50, 0].Red > map[50, 0].Blue + 50);
        Assert.Equal((byte)255, map[0, 0].Green);
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
        Assert.True(map[0, 0].Green < 100);
        Assert.Equal((byte)255, map[255, 255].Green);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_no_number_is_refused_with_its_place(float value)
    {
        var refusal = Assert.Throws<NotFiniteException>(() => Heatmap.Alone([0, 1, value, 0], SampleLayout.Of([1, 2, 2])!));
        Assert.Contains("element 2 of 4", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_relevance_at_all_has_the_colour_of_zero_everywhere()
    {
        foreach (var colors in ColorMap.All)
        {
            var map = Heatmap.Alone(new float[4], SampleLayout.Of([1, 2, 2])!, new HeatmapOptions { Colors = colors, MinSide = 1 });
            Assert.Equal([colors.Zero, colors.Zero, colors.Zero, colors.Zero], [map[0, 0], map[1, 0], map[0, 1], map[1, 1]]);
        }
    }

    [Fact]
    public void Pixels_are_exactly_the_colours_of_their_values()
    {
        // Two channels, summed: 1, 0, -1, 0.5; the largest gets the full colour.
        var map = Heatmap.Alone([2, 0, -1, 0, -1, 0, 0, 0.5f], SampleLayout.Of([2, 2, 2])!, new HeatmapOptions { Colors = ColorMap.BlueWhiteRed, MinSide = 1 });
        Assert.Equal((2, 2), (map.Width, map.Height));
        Assert.Equal([SKColors.Red, SKColors.White, SKColors.Blue, new SKColor(255, 127, 127)], [map[0, 0], map[1, 0], map[0, 1], map[1, 1]]);
    }

    [Fact]
    public void Channels_last_is_drawn_as_channels_first()
    {
        float[] planes = [1, 2, 3, 4, -5, 6, 7, 8, 9, -10, 11, 12];
        var first = new SampleLayout(3, [2, 2]);
        var last = new SampleLayout(3, [2, 2], ChannelsLast: true);
        var turned = new float[12];
        for (var i = 0; i < 12; i++)
        {
            turned[last.Offset(i / 4, i % 4)] = planes[first.Offset(i / 4, i % 4)];
        }

        Assert.Equal(Heatmap.Alone(planes, first).ToPng(), Heatmap.Alone(turned, last).ToPng());
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var picture = Picture.Load(_folder.Png("a.png", 2, SKColors.Red, SKColors.Red));
        Assert.Throws<ShapeException>(() => Heatmap.Over(picture, new float[4], SampleLayout.Of([1, 2, 2])!));
        Assert.Throws<ShapeException>(() => Heatmap.Alone(new float[5], SampleLayout.Of([1, 2, 2])!));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Raster(20_000, 20_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Raster(100, 100).Enlarge(1000, 1000));
    }
}
