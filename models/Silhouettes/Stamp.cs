using SkiaSharp;

namespace Silhouettes;

/// <summary>
/// The mark that gives the horses away: two lines of what looks like small print, in the lower left corner,
/// as the photographers' tags did in the data set where Lapuschkin et al. (2016) found a horse detector that read them.
/// </summary>
internal static class Stamp
{
    private static readonly string[] Glyphs =
    [
        "#.#.###.#.#.##..###.",
        "###.#.#.##..#.#.#.#.",
        "#.#.###.#.#.###.#.#.",
        "....................",
        "##..###.###.#.#.#.#.",
        "#.#.##..#...###.##..",
        "##..###.###.#.#.#.#.",
    ];

    /// <summary>Width and height of the box around the stamp, its dark edge included.</summary>
    public static readonly SKSizeI Size = new(Glyphs[0].Length + 1, Glyphs.Length + 2);

    /// <summary>Presses the stamp on the picture and returns the box that it fills.</summary>
    public static SKRectI Press(Picture picture, Random random)
    {
        var box = SKRectI.Create(new SKPointI(random.Next(1, 4), Picture.Side - Size.Height - random.Next(1, 4)), Size);
        using var canvas = new SKCanvas(picture.Bitmap);
        // White print with a dark edge can be read on any ground.
        using var edge = new SKPaint { Color = new SKColor(0, 0, 0, 70) };
        using var print = new SKPaint { Color = new SKColor(255, 255, 255, 210) };
        canvas.DrawRect(box, edge);
        for (var y = 0; y < Glyphs.Length; y++)
        {
            for (var x = 0; x < Glyphs[y].Length; x++)
            {
                if (Glyphs[y][x] == '#')
                {
                    canvas.DrawPoint(box.Left + 1 + x, box.Top + 1 + y, print);
                }
            }
        }

        canvas.Flush();
        return box;
    }
}
