using SkiaSharp;

namespace Layerwise.Tool.Images;

/// <summary>Finished pixels, [Height, Width, 4] as red, green, blue, alpha.</summary>
internal sealed record Raster(int Width, int Height, byte[] Rgba)
{
    public static Raster Blank(int width, int height)
    {
        var rgba = new byte[checked(width * height * 4)];
        Array.Fill(rgba, (byte)255);
        return new Raster(width, height, rgba);
    }

    public void Set(int x, int y, (byte R, byte G, byte B) color)
        => (Rgba[(y * Width + x) * 4], Rgba[(y * Width + x) * 4 + 1], Rgba[(y * Width + x) * 4 + 2]) = color;

    /// <summary>Puts pictures of one size into a grid, row by row, as square as can be.</summary>
    public static Raster Grid(IReadOnlyList<Raster> pictures)
    {
        if (pictures.Count == 1)
        {
            return pictures[0];
        }

        const int Gap = 4;
        var columns = (int)Math.Ceiling(Math.Sqrt(pictures.Count));
        var rows = (pictures.Count + columns - 1) / columns;
        var (width, height) = (pictures[0].Width, pictures[0].Height);
        var grid = Blank(columns * (width + Gap) - Gap, rows * (height + Gap) - Gap);
        for (var i = 0; i < pictures.Count; i++)
        {
            var (left, top) = (i % columns * (width + Gap), i / columns * (height + Gap));
            for (var y = 0; y < height; y++)
            {
                pictures[i].Rgba.AsSpan(y * width * 4, width * 4).CopyTo(grid.Rgba.AsSpan(((top + y) * grid.Width + left) * 4));
            }
        }

        return grid;
    }

    /// <summary>Writes a PNG file.</summary>
    public void Save(string path)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        System.Runtime.InteropServices.Marshal.Copy(Rgba, 0, bitmap.GetPixels(), Rgba.Length);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        OutputFile.Write(path, png.SaveTo);
    }
}
