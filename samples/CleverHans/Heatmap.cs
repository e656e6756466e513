using SkiaSharp;
using static TorchSharp.torch;

namespace CleverHans;

/// <summary>Draws each picture beside its relevance under each model: red speaks for the class, blue against it.</summary>
internal static class Heatmap
{
    private const int Zoom = 3, Gap = 8, Caption = 22, PerRow = 2;

    public static void Save(string path, IReadOnlyList<Picture> pictures, IReadOnlyList<(string Name, Tensor Relevance, Verdict[] Verdicts)> models)
    {
        var side = pictures[0].Bitmap.Width * Zoom;
        var block = (1 + models.Count) * (side + Gap) + 2 * Gap;
        var rows = (pictures.Count + PerRow - 1) / PerRow;
        using var sheet = new SKBitmap(PerRow * block - Gap, Caption + rows * (side + Caption + Gap));
        using var canvas = new SKCanvas(sheet);
        canvas.Clear(SKColors.White);
        for (var i = 0; i < pictures.Count; i++)
        {
            var (left, top) = (Gap + i % PerRow * block, Caption + i / PerRow * (side + Caption + Gap));
            Cell(pictures[i].Bitmap, pictures[i].Name, "picture");
            foreach (var (name, relevance, verdicts) in models)
            {
                left += side + Gap;
                using var map = Paint(relevance[i]);
                var share = verdicts[i].OnStamp is { } onStamp ? $"   stamp {100 * onStamp:F0}%" : "";
                Cell(map, $"{verdicts[i].Label} {100 * verdicts[i].Probability:F0}%{share}", name);
            }

            void Cell(SKBitmap bitmap, string caption, string head)
            {
                using var image = SKImage.FromBitmap(bitmap);
                canvas.DrawImage(image, SKRect.Create(left, top, side, side), SKSamplingOptions.Default);
                PixelText.Draw(canvas, caption, left, top + side + 5);
                if (i < PerRow)
                {
                    PixelText.Draw(canvas, head, left, 6);
                }
            }
        }

        using var png = sheet.Encode(SKEncodedImageFormat.Png, 100);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var file = File.Create(path);
        png.SaveTo(file);
    }

    /// <summary>Relevance [channels, height, width], summed over the channels, in blue, white and red; the scale is symmetric around 0.</summary>
    private static SKBitmap Paint(Tensor relevance)
    {
        using var sum = relevance.sum(dim: 0);
        var values = sum.data<float>().ToArray();
        var largest = Math.Max(values.Max(Math.Abs), float.Epsilon);
        var bitmap = new SKBitmap((int)sum.shape[1], (int)sum.shape[0]);
        bitmap.Pixels = Array.ConvertAll(values, value => Colour(value / largest));
        return bitmap;
    }

    private static SKColor Colour(float value)
    {
        var pale = (byte)(255 * (1 - Math.Abs(value)));
        return value > 0 ? new SKColor(255, pale, pale) : new SKColor(pale, pale, 255);
    }
}
