using System.Globalization;
using Layerwise.AspNetCore.Requests;
using Layerwise.Rendering;

namespace Layerwise.AspNetCore.Questions;

/// <summary>Why a network sees in a picture what it sees.</summary>
internal sealed class PictureQuestion(IImageExplainer explainer, Picture picture) : Question
{
    // A pixel is no reason that one could name; a sixty-fourth of the picture is.
    private const int Side = 8, Enlarged = 512;

    public static readonly IReadOnlyList<string> MediaTypes = ["image/png", "image/jpeg", "image/webp"];

    public override string Kind => "picture";

    /// <exception cref="Refusal">It is no such picture, damaged or too large.</exception>
    public static PictureQuestion Read(IImageExplainer explainer, RequestBody body, ExplainerOptions options)
    {
        if (!IsTaken(body.Bytes.Span))
        {
            throw Refusal.Unreadable("not-a-picture", $"The body is no picture of {Wording.List(MediaTypes)}, whatever its Content-Type says.");
        }

        try
        {
            using var stream = new MemoryStream(body.Bytes.ToArray(), writable: false);
            return new PictureQuestion(explainer, Picture.Load(stream, new PictureLimits { MaxPixels = options.MaxPixels }).FitTo(explainer.Image));
        }
        catch (PictureException e) when (e.Problem is PictureProblem.TooManyPixels or PictureProblem.TooManyBytes)
        {
            throw Refusal.TooLarge("too-many-pixels", $"The picture is too large: up to {options.MaxPixels} pixels are decoded, of a shape that is not too narrow. Send a smaller one.");
        }
        catch (PictureException)
        {
            throw Refusal.Unreadable("damaged-picture", "The picture is damaged or cut short; send it again, whole.");
        }
    }

    public override Explanation Explain(Target target, ExplainOptions options) => explainer.Explain(picture, target, options);

    public override float[] PartsOf(Explanation why)
    {
        var (seen, layout) = (((ImageExplanation)why).Pictures[0], ((ImageExplanation)why).Layout);
        var relevance = why.RelevanceOf();
        var parts = new float[Side * Side];
        for (var position = 0; position < layout.Positions; position++)
        {
            var (column, row) = (position % seen.Width * Side / seen.Width, position / seen.Width * Side / seen.Height);
            for (var channel = 0; channel < layout.Channels; channel++)
            {
                parts[row * Side + column] += relevance[layout.Offset(channel, position)];
            }
        }

        return parts;
    }

    public override ReasonAnswer Describe(Explanation why, int part, double relevance, double share)
    {
        var (column, row) = (part % Side, part / Side);
        return new ReasonAnswer(string.Create(CultureInfo.InvariantCulture, $"row {row + 1}, column {column + 1} of {Side}"), relevance, share)
        {
            Region = new RegionAnswer((double)column / Side, (double)row / Side, 1.0 / Side, 1.0 / Side),
        };
    }

    public override byte[] ToPng(Explanation why) => ((ImageExplanation)why).Heatmap(options: new HeatmapOptions { MinSide = Enlarged }).ToPng();

    public override ReportPart ToPart(Explanation why, ClassScore explained)
        => ReportPart.Of("What speaks for it in the picture", ((ImageExplanation)why).Draw(), $"Red speaks for {explained.ShortName}, blue against it; the paler, the less.");

    /// <summary>By the first bytes: the decoders of other formats are none of an upload's business.</summary>
    private static bool IsTaken(ReadOnlySpan<byte> file)
        => file is [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] or [0xFF, 0xD8, 0xFF, ..]
            || (file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8));
}
