using SkiaSharp;

namespace Layerwise.Rendering;

/// <summary>A picture as the models see one: RGB, rows from the top, 0 to 255.</summary>
public sealed class Picture
{
    private Picture(int width, int height, float[] pixels) => (Width, Height, Pixels) = (width, height, pixels);

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>[Height, Width, 3].</summary>
    public float[] Pixels { get; }

    /// <summary>
    /// Reads a PNG, JPEG, WebP, BMP or GIF file upright (EXIF orientation applied), transparent pixels over white.
    /// Colour profiles are left alone, as the usual training code leaves them.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">How large it may be; <see cref="PictureLimits.Default"/> unless given.</param>
    /// <exception cref="PictureException">The file is no such picture, is damaged or too large.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Picture Load(string path, PictureLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        using var stream = File.OpenRead(path);
        return Load(stream, $"'{path}'", limits ?? PictureLimits.Default);
    }

    /// <summary>As <see cref="Load(string, PictureLimits)"/>, from a stream: an upload, a resource.</summary>
    /// <param name="stream">A file's bytes, read from where it stands to its end; it stays open.</param>
    /// <param name="limits">How large it may be; <see cref="PictureLimits.Default"/> unless given.</param>
    /// <exception cref="PictureException">It is no such picture, is damaged or too large.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static Picture Load(Stream stream, PictureLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Load(stream, "The stream", limits ?? PictureLimits.Default);
    }

    private static Picture Load(Stream stream, string name, PictureLimits limits)
    {
        using var bitmap = PictureReader.Decode(PictureReader.Bytes(stream, name, limits), name, limits, out var origin);
        return Upright(bitmap.GetPixelSpan(), bitmap.Width, bitmap.Height, origin);
    }

    /// <summary>A copy of a bitmap, transparent pixels over white.</summary>
    /// <param name="bitmap">Of any colour type; its rows stand upright.</param>
    /// <exception cref="ArgumentException">The bitmap is empty.</exception>
    public static Picture FromBitmap(SKBitmap bitmap)
    {
        var raster = Raster.FromBitmap(bitmap);
        return Upright(raster.Rgba, raster.Width, raster.Height, SKEncodedOrigin.TopLeft);
    }

    /// <summary>The picture as one draws it.</summary>
    public Raster ToRaster()
    {
        var raster = new Raster(Width, Height);
        byte Byte(int at) => (byte)Math.Clamp(MathF.Round(Pixels[at]), 0, 255);
        for (var i = 0; i < Width * Height; i++)
        {
            raster[i % Width, i / Width] = new SKColor(Byte(3 * i), Byte(3 * i + 1), Byte(3 * i + 2));
        }

        return raster;
    }

    /// <summary>Resamples to a size, without keeping the aspect ratio: bilinear, antialiased where it shrinks.</summary>
    /// <param name="width">In pixels, 1 or more.</param>
    /// <param name="height">In pixels, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is less than 1, or there are more than 100 million pixels.</exception>
    public Picture Resize(int width, int height)
    {
        if (width == Width && height == Height)
        {
            return this;
        }

        Refuse.Size(width, height);
        return new Picture(width, height, Resampling.Resize(Pixels, Width, Height, width, height));
    }

    /// <summary>The picture as a model sees it: brought to its size, where it has one.</summary>
    /// <param name="input">The size, and how it is reached.</param>
    /// <exception cref="ArgumentException">The middle to cut out is larger than what it is cut out of, or has no size.</exception>
    /// <exception cref="PictureException">The picture is so narrow that it would become too large.</exception>
    public Picture FitTo(ImageInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Fit == ImageFit.Stretch)
        {
            return Resize(input.Width > 0 ? input.Width : Width, input.Height > 0 ? input.Height : Height);
        }

        var shorter = input.Resize > 0 ? input.Resize : Math.Max(input.Width, input.Height);
        if (input.Width == 0 || input.Height == 0 || shorter < Math.Max(input.Width, input.Height))
        {
            throw new ArgumentException($"{input.Width}x{input.Height} pixels cannot be cut out of a picture whose shorter side has {shorter}.", nameof(input));
        }

        if ((double)shorter * shorter * Math.Max(Width, Height) / Math.Min(Width, Height) > Refuse.MaxPixels)
        {
            throw new PictureException(PictureProblem.TooManyPixels, $"A picture of {Width}x{Height} pixels is too narrow: with {shorter} pixels on its shorter side it would have more than {Refuse.MaxPixels}");
        }

        // The longer side is cut to whole pixels, and half a pixel goes to the even side, as in torchvision.
        int Longer(int longer, int side) => (int)((long)shorter * longer / side);
        var whole = Width <= Height ? Resize(shorter, Longer(Height, Width)) : Resize(Longer(Width, Height), shorter);
        return whole.Cut((int)Math.Round((whole.Width - input.Width) / 2.0), (int)Math.Round((whole.Height - input.Height) / 2.0), input.Width, input.Height);
    }

    /// <summary>The picture as one sample of a model's input.</summary>
    /// <param name="layout">1 channel (luma, ITU-R BT.601) or 3, and two axes of this picture's size.</param>
    /// <param name="input">How pixels become numbers: its lists have one number or one a channel. Its size is the layout's.</param>
    /// <returns>The numbers in the layout's order.</returns>
    /// <exception cref="ArgumentException">The layout or the input does not fit.</exception>
    public float[] ToSample(SampleLayout layout, ImageInput input)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(input);
        if (layout.Channels is not (1 or 3) || !layout.Space.SequenceEqual([Height, Width]))
        {
            throw Refuse.OtherShape($"A picture of {Width}x{Height} has 1 or 3 channels of [{Height}, {Width}]; the layout asks for {layout.Channels} of [{string.Join(", ", layout.Space)}].", nameof(layout), $"1 or 3 channels of [{Height}, {Width}]", $"{layout.Channels} of [{string.Join(", ", layout.Space)}]");
        }

        if (new[] { input.Mean.Count, input.Std.Count }.Any(count => count != 1 && count != layout.Channels))
        {
            throw new ArgumentException($"Mean and std are one number or one a channel; the layout has {layout.Channels}.", nameof(input));
        }

        var sample = new float[layout.Channels * layout.Positions];
        for (var channel = 0; channel < layout.Channels; channel++)
        {
            var source = input.Order == ChannelOrder.Bgr ? 2 - channel : channel;
            for (var position = 0; position < layout.Positions; position++)
            {
                var pixel = layout.Channels == 1 ? Luma(position) : Pixels[position * 3 + source];
                sample[layout.Offset(channel, position)] = input.ValueOf(pixel, channel);
            }
        }

        return sample;
    }

    /// <summary>Brightness of a pixel, 0 to 255; exactly the pixel where it is grey.</summary>
    /// <param name="position">0-based, row by row.</param>
    public float Luma(int position)
    {
        var (r, g, b) = (Pixels[position * 3], Pixels[position * 3 + 1], Pixels[position * 3 + 2]);
        return r == g && g == b ? r : 0.299f * r + 0.587f * g + 0.114f * b;
    }

    private Picture Cut(int left, int top, int width, int height)
    {
        var pixels = new float[width * height * 3];
        for (var y = 0; y < height; y++)
        {
            Pixels.AsSpan(((top + y) * Width + left) * 3, width * 3).CopyTo(pixels.AsSpan(y * width * 3));
        }

        return new Picture(width, height, pixels);
    }

    private static Picture Upright(ReadOnlySpan<byte> rgba, int width, int height, SKEncodedOrigin origin)
    {
        var turned = origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        var (uprightWidth, uprightHeight) = turned ? (height, width) : (width, height);
        var pixels = new float[width * height * 3];
        for (var y = 0; y < uprightHeight; y++)
        {
            for (var x = 0; x < uprightWidth; x++)
            {
                var (u, v) = origin switch
                {
                    SKEncodedOrigin.TopRight => (width - 1 - x, y),
                    SKEncodedOrigin.BottomRight => (width - 1 - x, height - 1 - y),
                    SKEncodedOrigin.BottomLeft => (x, height - 1 - y),
                    SKEncodedOrigin.LeftTop => (y, x),
                    SKEncodedOrigin.RightTop => (y, height - 1 - x),
                    SKEncodedOrigin.RightBottom => (width - 1 - y, height - 1 - x),
                    SKEncodedOrigin.LeftBottom => (width - 1 - y, x),
                    _ => (x, y),
                };
                var from = (v * width + u) * 4;
                var to = (y * uprightWidth + x) * 3;
                int alpha = rgba[from + 3];
                for (var channel = 0; channel < 3; channel++)
                {
                    pixels[to + channel] = (rgba[from + channel] * alpha + 255 * (255 - alpha) + 127) / 255;
                }
            }
        }

        return new Picture(uprightWidth, uprightHeight, pixels);
    }
}
