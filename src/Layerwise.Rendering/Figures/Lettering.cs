using System.Globalization;
using System.Text;
using SkiaSharp;

namespace Layerwise.Rendering;

/// <summary>Text on pixels and how much room text takes. Where the machine has no font at all, letters are drawn of dots.</summary>
internal static class Lettering
{
    public const string SansFamilies = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";
    public const string MonoFamilies = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";

    /// <summary>The advance of a letter in a font of fixed width, as a part of its size.</summary>
    public const double MonoAdvance = 0.602;

    private const double SansAdvance = 0.6; // of the usual sans-serif fonts, on the wide side

    /// <summary>The room that a text is given: an estimate that does not depend on the machine's fonts.</summary>
    public static double Room(string text, double size) => Cells(text) * SansAdvance * size;

    /// <summary>The width of a text in letters of fixed width; East Asian ones take two.</summary>
    public static int Cells(string text)
    {
        var cells = 0;
        for (var elements = StringInfo.GetTextElementEnumerator(text); elements.MoveNext();)
        {
            _ = Rune.DecodeFromUtf16(elements.GetTextElement(), out var rune, out _); // what is no character is replaced by one
            var first = rune.Value;
            cells += first is >= 0x1100 and <= 0x115f or >= 0x2e80 and <= 0xa4cf or >= 0xac00 and <= 0xd7a3 or >= 0xf900 and <= 0xfaff or >= 0xfe30 and <= 0xfe6f or >= 0xff00 and <= 0xff60 or >= 0x1f300 and <= 0x1faff or >= 0x20000 ? 2 : 1;
        }

        return cells;
    }

    /// <summary>The longest beginning of whole letters that takes so many cells at most; one letter at least.</summary>
    public static string Head(string text, int cells)
    {
        var (length, taken) = (0, 0);
        for (var elements = StringInfo.GetTextElementEnumerator(text); elements.MoveNext();)
        {
            var letter = elements.GetTextElement();
            taken += Cells(letter);
            if (taken > cells && length > 0)
            {
                break;
            }

            length += letter.Length;
        }

        return text[..length];
    }

    /// <summary>The text, cut short where it would need more room.</summary>
    public static string Fit(string text, double size, double width)
    {
        text = Wording.OneLine(text);
        if (Room(text, size) <= width)
        {
            return text;
        }

        int[] starts = StringInfo.ParseCombiningCharacters(text);
        for (var kept = starts.Length - 1; kept > 0; kept--)
        {
            var shorter = text[..starts[kept]].TrimEnd() + "…";
            if (Room(shorter, size) <= width)
            {
                return shorter;
            }
        }

        return "…";
    }

    public static void Draw(SKCanvas canvas, Words words)
    {
        var text = Wording.OneLine(words.Text);
        if (Typefaces.Of(words) is not { } typeface)
        {
            DotLetters.Draw(canvas, text, words);
            return;
        }

        var runs = Typefaces.Runs(text, typeface).Select(run => (run.Text, Font: new SKFont(run.Typeface, (float)words.Size) { Subpixel = true, Edging = SKFontEdging.Antialias })).ToList();
        var widths = runs.ConvertAll(run => run.Font.MeasureText(run.Text));
        var measured = widths.Sum();
        var scale = words.Length is { } length && measured > 0 ? (float)(length / measured) : 1;
        var x = (float)words.X - (measured * scale * words.Anchor switch { Anchor.Middle => 0.5f, Anchor.End => 1, _ => 0 });
        using var paint = new SKPaint { Color = words.Fill.ToColor(), IsAntialias = true };
        foreach (var ((run, font), width) in runs.Zip(widths))
        {
            using (font)
            {
                font.ScaleX = scale;
                canvas.DrawText(run, x, (float)words.Y, SKTextAlign.Left, font, paint);
                x += width * scale;
            }
        }
    }
}
