using System.Runtime.InteropServices;
using SkiaSharp;

namespace Layerwise.Rendering;

/// <summary>Finished pixels.</summary>
public sealed class Raster
{
    private readonly byte[] _rgba;

    /// <summary>A white picture.</summary>
    /// <param name="width">In pixels, 1 or more.</param>
    /// <param name="height">In pixels, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is less than 1, or there are more than 100 million pixels.</exception>
    public Raster(int width, int height)
    {
        Refuse.Size(width, height);
        (Width, Height, _rgba) = (width, height, new byte[checked(width * height * 4)]);
        Array.Fill(_rgba, (byte)255);
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>[Height, Width, 4], rows from the top: red, green, blue, alpha (not premultiplied).</summary>
    public ReadOnlySpan<byte> Rgba => _rgba;

    /// <summary>A pixel's colour.</summary>
    /// <param name="x">From the left, 0-based.</param>
    /// <param name="y">From the top, 0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such pixel.</exception>
    public SKColor this[int x, int y]
    {
        get => At(x, y) is var at ? new SKColor(_rgba[at], _rgba[at + 1], _rgba[at + 2], _rgba[at + 3]) : default;
        internal set
        {
            var at = At(x, y);
            (_rgba[at], _rgba[at + 1], _rgba[at + 2], _rgba[at + 3]) = (value.Red, value.Green, value.Blue, value.Alpha);
        }
    }

    /// <summary>A copy of a bitmap.</summary>
    /// <param name="bitmap">Of any colour type.</param>
    /// <exception cref="ArgumentException">The bitmap is empty.</exception>
    public static Raster FromBitmap(SKBitmap bitmap)
    {
        ArgumentNullException.ThrowIfNull(bitmap);
        var raster = new Raster(bitmap.Width, bitmap.Height);
        using var pixels = bitmap.PeekPixels() ?? throw new ArgumentException("The bitmap has no pixels.", nameof(bitmap));
        var pinned = GCHandle.Alloc(raster._rgba, GCHandleType.Pinned);
        try
        {
            return pixels.ReadPixels(raster.Info, pinned.AddrOfPinnedObject(), raster.Info.RowBytes)
                ? raster
                : throw new ArgumentException($"A bitmap of {bitmap.ColorType} cannot be read.", nameof(bitmap));
        }
        finally
        {
            pinned.Free();
        }
    }

    /// <summary>The same as a bitmap, the caller's to dispose.</summary>
    public SKBitmap ToBitmap()
    {
        var bitmap = new SKBitmap(Info);
        Marshal.Copy(_rgba, 0, bitmap.GetPixels(), _rgba.Length);
        return bitmap;
    }

    /// <summary>The same as the bytes of a PNG file.</summary>
    public byte[] ToPng()
    {
        using var bitmap = ToBitmap();
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    /// <summary>Writes a PNG file; one that is there already is replaced when the new one is whole.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var (png, partly) = (ToPng(), $"{path}.{Guid.NewGuid():N}.tmp");
        try
        {
            File.WriteAllBytes(partly, png);
            File.Move(partly, path, overwrite: true);
        }
        finally
        {
            File.Delete(partly);
        }
    }

    /// <summary>Every pixel a block of pixels.</summary>
    /// <param name="factorX">The block's width, 1 or more.</param>
    /// <param name="factorY">The block's height, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A factor is less than 1, or the result is too large.</exception>
    public Raster Enlarge(int factorX, int factorY)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factorX, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(factorY, 1);
        Refuse.Size((long)Width * factorX, (long)Height * factorY);
        var large = new Raster(Width * factorX, Height * factorY);
        for (var y = 0; y < large.Height; y++)
        {
            for (var x = 0; x < large.Width; x++)
            {
                large[x, y] = this[x / factorX, y / factorY];
            }
        }

        return large;
    }

    /// <summary>Pictures of one size in a grid, row by row, as square as can be.</summary>
    /// <param name="pictures">At least one.</param>
    /// <exception cref="ArgumentException">There is none, or they differ in size.</exception>
    public static Raster Grid(IReadOnlyList<Raster> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        if (pictures.Count == 0 || pictures.Any(picture => (picture.Width, picture.Height) != (pictures[0].Width, pictures[0].Height)))
        {
            throw new ArgumentException("A grid takes one or more pictures of one size.", nameof(pictures));
        }

        const int Gap = 4;
        var columns = (int)Math.Ceiling(Math.Sqrt(pictures.Count));
        var rows = (pictures.Count + columns - 1) / columns;
        var (width, height) = (pictures[0].Width, pictures[0].Height);
        Refuse.Size((long)columns * (width + Gap) - Gap, (long)rows * (height + Gap) - Gap);
        var grid = new Raster(columns * (width + Gap) - Gap, rows * (height + Gap) - Gap);
        for (var i = 0; i < pictures.Count; i++)
        {
            var (left, top) = (i % columns * (width + Gap), i / columns * (height + Gap));
            for (var y = 0; y < height; y++)
            {
                pictures[i]._rgba.AsSpan(y * width * 4, width * 4).CopyTo(grid._rgba.AsSpan(((top + y) * grid.Width + left) * 4));
            }
        }

        return grid;
    }

    private SKImageInfo Info => new(Width, Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);

    private int At(int x, int y)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(x);
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(x, Width);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(y, Height);
        return (y * Width + x) * 4;
    }
}
