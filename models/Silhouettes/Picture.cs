using SkiaSharp;

namespace Silhouettes;

/// <summary>One rendered picture.</summary>
/// <param name="Class">Index into <see cref="Figure.Classes"/>.</param>
/// <param name="Bitmap">64×64, RGBA.</param>
internal sealed record Picture(int Class, SKBitmap Bitmap) : IDisposable
{
    /// <summary>Width and height in pixels.</summary>
    public const int Side = 64;

    /// <summary>Pictures of every class in turn, the same ones for the same seed.</summary>
    public static IEnumerable<Picture> Sequence(int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            yield return Render(i % Figure.Classes.Count, random);
        }
    }

    /// <summary>Draws the silhouette of a class somewhere on a background, in two colours that may lie close together.</summary>
    public static Picture Render(int label, Random random)
    {
        var bitmap = new SKBitmap(Side, Side, SKColorType.Rgba8888, SKAlphaType.Premul);
        using var canvas = new SKCanvas(bitmap);
        var (ground, other, ink) = Colours(random);
        Background(canvas, random, ground, other);
        Pebbles(canvas, random);
        Silhouette(canvas, random, Figure.Classes[label].Draw(random), ink);
        Grass(canvas, random, ground, other);
        canvas.Flush();
        Grain(bitmap, random);
        return new Picture(label, bitmap);
    }

    /// <summary>The picture as the networks take it: [3, 64, 64], red, green, blue, 0…1.</summary>
    public void CopyTo(Span<float> planes)
    {
        var pixels = Bitmap.GetPixelSpan();
        for (var i = 0; i < Side * Side; i++)
        {
            planes[i] = pixels[4 * i] / 255f;
            planes[i + Side * Side] = pixels[4 * i + 1] / 255f;
            planes[i + 2 * Side * Side] = pixels[4 * i + 2] / 255f;
        }
    }

    public void Save(string path)
    {
        using var png = Bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(path, png.ToArray());
    }

    public void Dispose() => Bitmap.Dispose();

    private static (SKColor Ground, SKColor Other, SKColor Ink) Colours(Random random)
    {
        var lightness = random.Between(20, 80);
        var hue = random.Between(0, 360);
        // Light on dark or dark on light; the least contrast is just enough to see.
        var contrast = random.Between(18, 42);
        var ink = lightness > 50 ? lightness - contrast : lightness + contrast;
        return (
            SKColor.FromHsl(hue, random.Between(5, 60), lightness),
            SKColor.FromHsl(hue + random.Around(0, 40), random.Between(5, 60), Math.Clamp(random.Around(lightness, 12), 5, 95)),
            SKColor.FromHsl(random.Between(0, 360), random.Between(5, 60), ink));
    }

    private static void Background(SKCanvas canvas, Random random, SKColor ground, SKColor other)
    {
        canvas.Clear(ground);
        using var paint = new SKPaint { Color = other, IsAntialias = true };
        switch (random.Next(4))
        {
            case 0:
                var (from, to) = (Anywhere(random), Anywhere(random));
                paint.Shader = SKShader.CreateLinearGradient(from, to, [ground, other], SKShaderTileMode.Mirror);
                canvas.DrawPaint(paint);
                break;
            case 1:
                paint.StrokeWidth = random.Between(1, 6);
                var gap = paint.StrokeWidth + random.Between(2, 8);
                canvas.Save();
                canvas.RotateDegrees(random.Between(0, 180), Side / 2, Side / 2);
                for (var y = -Side / 2f; y < 1.5f * Side; y += gap)
                {
                    canvas.DrawLine(-Side, y, 2 * Side, y, paint);
                }

                canvas.Restore();
                break;
            case 2:
                for (var i = random.Next(6, 30); i > 0; i--)
                {
                    canvas.DrawCircle(Anywhere(random), random.Between(2, 12), paint);
                }

                break;
            default:
                for (var y = 0; y < Side; y += 4)
                {
                    for (var x = 0; x < Side; x += 4)
                    {
                        paint.Color = other.WithAlpha((byte)random.Next(256));
                        canvas.DrawRect(x, y, 4, 4, paint);
                    }
                }

                break;
        }
    }

    /// <summary>
    /// Small bright and dark specks in heaps, on the ground of every class alike: without them anything small and sharp
    /// would be new to a network, and it would stumble over a stamp that it never saw.
    /// </summary>
    private static void Pebbles(SKCanvas canvas, Random random)
    {
        using var paint = new SKPaint();
        for (var heap = random.Next(3); heap > 0; heap--)
        {
            var (left, top) = (random.Next(-6, Side), random.Next(-4, Side));
            for (var i = random.Next(10, 60); i > 0; i--)
            {
                var shade = random.Chance(0.5f) ? 0 : 255;
                paint.Color = new SKColor((byte)shade, (byte)shade, (byte)shade, (byte)random.Next(80, 240));
                canvas.DrawRect(left + random.Next(22), top + random.Next(10), random.Next(1, 4), random.Next(1, 3), paint);
            }
        }
    }

    private static void Silhouette(SKCanvas canvas, Random random, SKPath[] parts, SKColor ink)
    {
        var size = random.Between(14, 25);
        canvas.Save();
        canvas.Translate(random.Between(size, Side - size), random.Between(size, Side - size));
        canvas.RotateDegrees(random.Around(0, 14));
        canvas.Scale(random.Chance(0.5f) ? size : -size, size * random.Around(1, 0.1f));
        using var paint = new SKPaint { Color = ink, IsAntialias = true };
        foreach (var part in parts)
        {
            canvas.DrawPath(part, paint);
            part.Dispose();
        }

        canvas.Restore();
    }

    /// <summary>A few blades in the colours of the ground grow in front and hide pieces of the silhouette.</summary>
    private static void Grass(SKCanvas canvas, Random random, SKColor ground, SKColor other)
    {
        using var paint = new SKPaint { IsAntialias = true, IsStroke = true };
        for (var i = random.Next(11); i > 0; i--)
        {
            paint.Color = random.Chance(0.5f) ? ground : other;
            paint.StrokeWidth = random.Between(1, 3);
            var x = random.Between(0, Side);
            canvas.DrawLine(x, Side, x + random.Around(0, 12), random.Between(8, 48), paint);
        }
    }

    private static void Grain(SKBitmap bitmap, Random random)
    {
        var strength = random.Between(2, 14);
        var pixels = bitmap.GetPixelSpan();
        for (var i = 0; i < pixels.Length; i++)
        {
            if (i % 4 != 3)
            {
                pixels[i] = (byte)Math.Clamp(pixels[i] + random.Around(0, strength), 0, 255);
            }
        }
    }

    private static SKPoint Anywhere(Random random) => new(random.Between(0, Side), random.Between(0, Side));
}
