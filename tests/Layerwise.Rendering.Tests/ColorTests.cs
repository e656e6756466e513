namespace Layerwise.Rendering.Tests;

public sealed class ColorTests
{
    public static TheoryData<string> Maps => [.. ColorMap.All.Select(map => map.Name)];

    [Theory]
    [MemberData(nameof(Maps))]
    public void Zero_is_the_middle_and_has_no_colour(string name)
    {
        var zero = ColorMap.Named(name).At(0);
        Assert.Equal(ColorMap.Named(name).Zero, zero);
        Assert.True(Math.Max(zero.Red, Math.Max(zero.Green, zero.Blue)) - Math.Min(zero.Red, Math.Min(zero.Green, zero.Blue)) <= 1, zero.ToString());
    }

    [Theory]
    [MemberData(nameof(Maps))]
    public void For_is_warm_and_against_is_cold(string name)
    {
        for (var i = 1; i <= 100; i++)
        {
            var (speaksFor, against) = (ColorMap.Named(name).At(i / 100.0), ColorMap.Named(name).At(-i / 100.0));
            Assert.True(speaksFor.Red > speaksFor.Blue, $"{i}: {speaksFor}");
            Assert.True(against.Blue > against.Red, $"{i}: {against}");
        }
    }

    [Theory]
    [InlineData("bwr")]
    [InlineData("seismic")]
    [InlineData("coldnhot")]
    public void A_value_and_its_negative_swap_red_and_blue(string name)
    {
        for (var i = 0; i <= 255; i++)
        {
            var (speaksFor, against) = (ColorMap.Named(name).At(i / 255.0), ColorMap.Named(name).At(-i / 255.0));
            Assert.Equal((speaksFor.Red, speaksFor.Green, speaksFor.Blue), (against.Blue, against.Green, against.Red));
        }
    }

    [Fact]
    public void Even_steps_look_even_on_both_sides()
    {
        var steps = Enumerable.Range(-20, 41).Select(i => Lab(ColorMap.Even.At(i / 20.0))).ToList();
        var distances = steps.Zip(steps.Skip(1), Distance).ToList();
        Assert.InRange(distances.Max() / distances.Min(), 1, 1.35); // 8 bits a channel round
        for (var i = 0; i <= 20; i++)
        {
            Assert.Equal(steps[20 - i].L, steps[20 + i].L, 0.006);
        }
    }

    [Fact]
    public void Even_stays_within_what_a_screen_shows()
    {
        foreach (var hue in new[] { 260.0, 27.0 })
        {
            for (var i = 0; i <= 20; i++)
            {
                var (r, g, b) = new OkLab(1, 0, 0).Toward(OkLab.Polar(0.48, 0.18, hue), i / 20.0).ToRgb();
                Assert.All(new[] { r, g, b }, part => Assert.InRange(part, -1e-3, 1 + 1e-3));
            }
        }
    }

    [Fact]
    public void Beyond_the_ends_is_the_end_and_NaN_is_refused()
    {
        Assert.Equal(ColorMap.Even.At(1), ColorMap.Even.At(7));
        Assert.Equal(ColorMap.Even.At(-1), ColorMap.Even.At(double.NegativeInfinity));
        Assert.Throws<ArgumentOutOfRangeException>(() => ColorMap.Even.At(double.NaN));
        Assert.Throws<ArgumentException>(() => ColorMap.Named("jet"));
    }

    [Fact]
    public void A_scale_is_that_of_the_sizes()
    {
        Assert.Equal(3, RelevanceScale.Of([1, -3, 2], quantile: 1).Max);
        Assert.Equal(0, RelevanceScale.Of([0, 0]).Max);
        Assert.Equal(0, new RelevanceScale(0).Place(5));
        Assert.Equal(-0.5, new RelevanceScale(4).Place(-2));
        Assert.Throws<NotFiniteException>(() => RelevanceScale.Of([float.NaN]));
        Assert.Throws<ArgumentOutOfRangeException>(() => RelevanceScale.Of([1], quantile: 0));
    }

    private static double Distance((double L, double A, double B) x, (double L, double A, double B) y)
        => Math.Sqrt(Math.Pow(x.L - y.L, 2) + Math.Pow(x.A - y.A, 2) + Math.Pow(x.B - y.B, 2));

    /// <summary>The way back from 8 bits to OKLab (Ottosson 2020).</summary>
    private static (double L, double A, double B) Lab(SkiaSharp.SKColor color)
    {
        static double Linear(byte part) => part / 255.0 is var x && x <= 0.04045 ? x / 12.92 : Math.Pow((part / 255.0 + 0.055) / 1.055, 2.4);
        var (r, g, b) = (Linear(color.Red), Linear(color.Green), Linear(color.Blue));
        var l = Math.Cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
        var m = Math.Cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
        var s = Math.Cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
        return (
            0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
            1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s);
    }
}
