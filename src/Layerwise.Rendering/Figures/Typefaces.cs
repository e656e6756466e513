using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using SkiaSharp;

namespace Layerwise.Rendering;

/// <summary>
/// The machine's typefaces: the usual ones, and for letters that these lack whichever has them. Skia's builds without fontconfig find none by
/// themselves: then the usual folders are looked through.
/// </summary>
internal static class Typefaces
{
    // A text may be of any letters, and is not to be trusted.
    private const int MostRemembered = 10_000, MostFiles = 2_000;

    private static readonly Lazy<SKTypeface?> Regular = new(() => Find(SKFontStyle.Normal, ["Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", "Liberation Sans", "Arial"], ["DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "arial.ttf", "Arial.ttf"]));
    private static readonly Lazy<SKTypeface?> Heavy = new(() => Find(SKFontStyle.Bold, ["Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", "Liberation Sans", "Arial"], ["DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "LiberationSans-Bold.ttf", "arialbd.ttf", "Arial Bold.ttf"]));
    private static readonly Lazy<SKTypeface?> Fixed = new(() => Find(SKFontStyle.Normal, ["Consolas", "Menlo", "Noto Sans Mono", "DejaVu Sans Mono", "Liberation Mono", "Courier New"], ["DejaVuSansMono.ttf", "NotoSansMono-Regular.ttf", "LiberationMono-Regular.ttf", "consola.ttf", "Courier New.ttf"]));

    // Every face of the folders, once a letter has asked for one.
    private static readonly Lazy<SKTypeface[]> Others = new(() => [.. Files("*.ttf", "*.otf", "*.ttc").Order(StringComparer.Ordinal).Take(MostFiles).Select(file => SKTypeface.FromFile(file)).Where(typeface => typeface is { GlyphCount: > 0 })]);

    private static readonly ConcurrentDictionary<int, SKTypeface?> Fallbacks = [];

    /// <summary>The usual typeface for a text; <c>null</c> where there is none at all.</summary>
    public static SKTypeface? Of(Words words) => (words.Mono ? Fixed : words.Bold ? Heavy : Regular).Value;

    /// <summary>Splits a text where its letters need another typeface. What no face has stays in the usual one, which draws a box.</summary>
    public static IEnumerable<(string Text, SKTypeface Typeface)> Runs(string text, SKTypeface usual)
    {
        var (run, face) = (new StringBuilder(), usual);
        for (var letters = StringInfo.GetTextElementEnumerator(text); letters.MoveNext();)
        {
            var letter = Visible(letters.GetTextElement());
            var own = letter.EnumerateRunes().FirstOrDefault(rune => !Has(usual, rune)) is { Value: > 0 } missing ? Fallback(missing) ?? usual : usual;
            if (own != face && run.Length > 0)
            {
                yield return (run.ToString(), face);
                run.Clear();
            }

            run.Append(letter);
            face = own;
        }

        if (run.Length > 0)
        {
            yield return (run.ToString(), face);
        }
    }

    /// <summary>A face that has a letter; <c>null</c> where the machine has none.</summary>
    public static SKTypeface? Fallback(Rune letter)
    {
        if (Fallbacks.TryGetValue(letter.Value, out var known))
        {
            return known;
        }

        var found = SKFontManager.Default.MatchCharacter(letter.Value) is { GlyphCount: > 0 } system && Has(system, letter) ? system : Others.Value.FirstOrDefault(face => Has(face, letter));
        return Fallbacks.Count < MostRemembered ? Fallbacks.GetOrAdd(letter.Value, found) : found;
    }

    public static bool Has(SKTypeface typeface, Rune letter)
    {
        using var font = new SKFont(typeface);
        return font.ContainsGlyph(letter.Value);
    }

    // What joins letters or chooses between their forms has no form of its own.
    private static string Visible(string letter)
        => string.Concat(letter.EnumerateRunes().Where(rune => Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format && rune.Value is not (>= 0xFE00 and <= 0xFE0F or >= 0xE0100 and <= 0xE01EF)));

    private static SKTypeface? Find(SKFontStyle style, string[] families, string[] files)
    {
        foreach (var family in families)
        {
            if (SKFontManager.Default.MatchFamily(family, style) is { GlyphCount: > 0 } found && found.FamilyName == family)
            {
                return found;
            }
        }

        return Files(files).Select(file => SKTypeface.FromFile(file)).FirstOrDefault(typeface => typeface is { GlyphCount: > 0 });
    }

    private static IEnumerable<string> Files(params string[] patterns)
    {
        string[] folders =
        [
            "/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts",
            Environment.GetFolderPath(Environment.SpecialFolder.Fonts),
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "fonts"),
        ];
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, MaxRecursionDepth = 4 };
        return patterns.SelectMany(pattern => folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, pattern, options)));
    }
}
