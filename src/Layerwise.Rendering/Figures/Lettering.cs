using System.Globalization;
using System.Text;
using SkiaSharp;

namespace Layerwise.Rendering;

/// <summary>
/// Text on pixels and how much room text takes. Skia's builds without fontconfig find no fonts by themselves: then the usual folders
/// are looked through, and where there is no font at all, letters are drawn of dots.
/// </summary>
internal static class Lettering
{
    public const string SansFamilies = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";
    public const string MonoFamilies = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";

    /// <summary>The advance of a letter in a font of fixed width, as a part of its size.</summary>
    public const double MonoAdvance = 0.602;

    private const double SansAdvance = 0.6; // of the usual sans-serif fonts, on the wide side

    private static readonly Lazy<SKTypeface?> Regular = new(() => Find(SKFontStyle.Normal, ["Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", "Liberation Sans", "Arial"], ["DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "arial.ttf", "Arial.ttf"]));
    private static readonly Lazy<SKTypeface?> Heavy = new(() => Find(SKFontStyle.Bold, ["Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", "Liberation Sans", "Arial"], ["DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "LiberationSans-Bold.ttf", "arialbd.ttf", "Arial Bold.ttf"]));
    private static readonly Lazy<SKTypeface?> Fixed = new(() => Find(SKFontStyle.Normal, ["Consolas", "Menlo", "Noto Sans Mono", "DejaVu Sans Mono", "Liberation Mono", "Courier New"], ["DejaVuSansMono.ttf", "NotoSansMono-Regular.ttf", "LiberationMono-Regular.ttf", "consola.ttf", "Courier New.ttf"]));

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
        var typeface = (words.Mono ? Fixed : words.Bold ? Heavy : Regular).Value;
        if (typeface is null)
        {
            DotLetters.Draw(canvas, text, words);
            return;
        }

        using var font = new SKFont(typeface, (float)words.Size) { Subpixel = true, Edging = SKFontEdging.Antialias };
        if (words.Length is { } length && font.MeasureText(text) is > 0 and var measured)
        {
            font.ScaleX = (float)(length / measured);
        }

        using var paint = new SKPaint { Color = words.Fill.ToColor(), IsAntialias = true };
        var align = words.Anchor switch { Anchor.Middle => SKTextAlign.Center, Anchor.End => SKTextAlign.Right, _ => SKTextAlign.Left };
        canvas.DrawText(text, (float)words.X, (float)words.Y, align, font, paint);
    }

    private static SKTypeface? Find(SKFontStyle style, string[] families, string[] files)
    {
        foreach (var family in families)
        {
            if (SKFontManager.Default.MatchFamily(family, style) is { GlyphCount: > 0 } found && found.FamilyName == family)
            {
                return found;
            }
        }

        string[] folders =
        [
            "/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts",
            Environment.GetFolderPath(Environment.SpecialFolder.Fonts),
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "fonts"),
        ];
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, MaxRecursionDepth = 4 };
        return files
            .SelectMany(file => folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, file, options)))
            .Select(SKTypeface.FromFile)
            .FirstOrDefault(typeface => typeface is { GlyphCount: > 0 });
    }
}
