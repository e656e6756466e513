using Layerwise.Testing;
using SkiaSharp;

namespace Layerwise.Rendering.Tests;

/// <summary>The pictures that the documentation shows are what its samples draw.</summary>
public sealed class DocumentedPictureTests : IDisposable
{
    // Another machine sums in another order, and what lies between two colours is rounded to the other one.
    private const int NextColor = 2;

    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(typeof(Composites.EpsilonPlus), "composites.png")]
    [InlineData(typeof(CleverHans.CleanModel), "clever-hans.png")]
    public void It_is_what_the_sample_draws(Type sample, string name)
    {
        sample.Assembly.EntryPoint!.Invoke(null, [new[] { _folder[name] }]);
        Samples.Keep(_folder[name], name);
        using var drawn = SKBitmap.Decode(_folder[name]);
        using var shown = SKBitmap.Decode(Path.Combine(SharedFolder.RepositoryRoot, "docs", name));
        Assert.Equal((drawn.Width, drawn.Height), (shown.Width, shown.Height));

        // In another typeface words stand elsewhere. They have one ink, which is all but grey; relevance is red and blue.
        var isTypeface = Typefaces.Of(new Words(0, 0, "", Ink.Text))?.FamilyName == "DejaVu Sans";
        Func<SKColor, SKColor, int> distance = isTypeface ? Distance : (a, b) => Math.Abs(Warmth(a) - Warmth(b));
        var (off, at) = drawn.Pixels.Zip(shown.Pixels, distance).Select((off, at) => (off, at)).MaxBy(pixel => pixel.off);
        Assert.True(
            off <= (isTypeface ? NextColor : Math.Abs(Warmth(Ink.Alone))),
            $"docs/{name} is {off} of 255 off at ({at % shown.Width}, {at / shown.Width}). Where that is meant: eng/dotnet run --project samples/{sample.Namespace} -- docs/{name}");
    }

    private static int Distance(SKColor a, SKColor b) => Math.Max(Math.Max(Math.Abs(a.Red - b.Red), Math.Abs(a.Green - b.Green)), Math.Abs(a.Blue - b.Blue));

    private static int Warmth(SKColor color) => color.Red - color.Blue;
}
