using SkiaSharp;

namespace Layerwise.Rendering;

/// <summary>Letters for a machine without fonts: capitals of 3×5 dots.</summary>
internal static class DotLetters
{
    private const int Columns = 4, Rows = 5; // a letter and the gap behind it

    // A character and its five rows, one octal digit a row: 4 is the left dot, 2 the middle one, 1 the right one.
    private static readonly Dictionary<char, string> Glyphs = """
        A25755 B65656 C34443 D65556 E74647 F74644 G34553 H55755 I72227
        J11152 K55655 L44447 M57755 N65555 O25552 P65644 Q25563 R65655
        S34216 T72222 U55557 V55552 W55775 X55255 Y55222 Z71247 075557
        126227 271747 371317 455711 574717 674757 771122 875757 975717
        %51245 -00700 −00700 +02720 .00002 ,00024 :02020 /11244 (24442 )21112 =07070 …00005
        """.Split((char[])[' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries).ToDictionary(glyph => glyph[0], glyph => glyph[1..]);

    public static void Draw(SKCanvas canvas, string text, Words words)
    {
        var dot = words.Size / 8;
        var width = (text.Length * Columns - 1) * dot;
        if (words.Length is { } length)
        {
            dot *= Math.Min(1, length / width);
            width = length;
        }

        var left = words.X - words.Anchor switch { Anchor.Middle => width / 2, Anchor.End => width, _ => 0 };
        var top = words.Y - Rows * dot;
        using var paint = new SKPaint { Color = words.Fill.ToColor(), IsAntialias = true };
        foreach (var letter in text.ToUpperInvariant())
        {
            var rows = Glyphs.GetValueOrDefault(letter, "00000");
            for (var y = 0; y < Rows; y++)
            {
                for (var x = 0; x < 3; x++)
                {
                    if (((rows[y] - '0') >> (2 - x) & 1) == 1)
                    {
                        canvas.DrawRect((float)(left + x * dot), (float)(top + y * dot), (float)dot, (float)dot, paint);
                    }
                }
            }

            left += Columns * dot;
        }
    }
}
