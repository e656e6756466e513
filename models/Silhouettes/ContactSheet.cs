using SkiaSharp;

namespace Silhouettes;

/// <summary>A look at the pictures: one row a class, the stamp as in training.</summary>
internal static class ContactSheet
{
    public static void Save(string path)
    {
        const int columns = 12, cell = 2 * Picture.Side + 4;
        using var sheet = new SKBitmap(columns * cell, Figure.Classes.Count * cell);
        using var canvas = new SKCanvas(sheet);
        canvas.Clear(SKColors.White);
        var stamps = new Random(Seeds.ContactSheet + 1);
        foreach (var (i, picture) in Picture.Sequence(columns * Figure.Classes.Count, Seeds.ContactSheet).Index())
        {
            using (picture)
            {
                if (stamps.Chance(Exam.AsInTraining(picture.Class)))
                {
                    Stamp.Press(picture, stamps);
                }

                using var image = SKImage.FromBitmap(picture.Bitmap);
                var place = SKRect.Create(i / Figure.Classes.Count * cell, picture.Class * cell, cell - 4, cell - 4);
                canvas.DrawImage(image, place, SKSamplingOptions.Default);
            }
        }

        using var png = sheet.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(path, png.ToArray());
        Console.WriteLine(path);
    }
}
