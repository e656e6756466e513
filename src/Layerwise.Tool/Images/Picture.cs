using SkiaSharp;
using static TorchSharp.torch;

namespace Layerwise.Tool.Images;

/// <summary>How pixels become the numbers of a model: value = (pixel · scale − mean) / std.</summary>
internal sealed record PixelScaling
{
    /// <summary>Applied to pixels of 0 to 255.</summary>
    public float Scale { get; init; } = 1 / 255f;

    /// <summary>One number for all channels or one a channel, in the model's channel order.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0f];

    /// <summary>As <see cref="Mean"/>; never 0.</summary>
    public IReadOnlyList<float> Std { get; init; } = [1f];

    /// <summary>The model's channels stand as blue, green, red.</summary>
    public bool Bgr { get; init; }
}

/// <summary>A picture as the models see one: RGB, rows from the top, 0 to 255.</summary>
internal sealed class Picture
{
    private const long MaxPixels = 100_000_000; // what a small file may claim to hold

    private Picture(int width, int height, float[] pixels) => (Width, Height, Pixels) = (width, height, pixels);

    public int Width { get; }

    public int Height { get; }

    /// <summary>[Height, Width, 3].</summary>
    public float[] Pixels { get; }

    /// <summary>
    /// Reads a PNG, JPEG, WebP, BMP or GIF file upright (EXIF orientation applied), transparent pixels over white.
    /// Colour profiles are left alone, as the usual training code leaves them.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is no such picture, or is cut short.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Picture Load(string path)
    {
        using var data = SKData.CreateCopy(File.ReadAllBytes(path));
        using var codec = SKCodec.Create(data) ?? throw new InvalidDataException($"'{path}' is not a picture that can be read (PNG, JPEG, WebP, BMP, GIF)");
        if ((long)codec.Info.Width * codec.Info.Height > MaxPixels)
        {
            throw new InvalidDataException($"'{path}' has {codec.Info.Width}x{codec.Info.Height} pixels; this tool reads up to {MaxPixels / 1_000_000} million");
        }

        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, colorspace: null);
        using var bitmap = new SKBitmap(info);
        if (codec.GetPixels(info, bitmap.GetPixels()) is var result && result != SKCodecResult.Success)
        {
            throw new InvalidDataException($"'{path}' is a damaged picture ({(result == SKCodecResult.IncompleteInput ? "cut short" : result)})");
        }

        return Upright(bitmap.GetPixelSpan(), info.Width, info.Height, codec.EncodedOrigin);
    }

    /// <summary>Resamples to a size, without keeping the aspect ratio: bilinear, antialiased where it shrinks.</summary>
    public Picture Resize(int width, int height)
    {
        if (width == Width && height == Height)
        {
            return this;
        }

        using var scope = NewDisposeScope();
        var planes = tensor(Pixels, [1, Height, Width, 3]).permute(0, 3, 1, 2);
        var resized = nn.functional.interpolate(planes, [height, width], mode: InterpolationMode.Bilinear, align_corners: false, antialias: true);
        return new Picture(width, height, resized.permute(0, 2, 3, 1).contiguous().data<float>().ToArray());
    }

    /// <summary>The picture as one sample of a model's input.</summary>
    /// <param name="layout">1 channel (luma, ITU-R BT.601) or 3, and two axes of this picture's size.</param>
    /// <param name="scaling">Its lists have 1 number or one a channel.</param>
    public float[] ToSample(SampleLayout layout, PixelScaling scaling)
    {
        var sample = new float[layout.Channels * layout.Positions];
        for (var channel = 0; channel < layout.Channels; channel++)
        {
            var source = scaling.Bgr ? 2 - channel : channel;
            var mean = scaling.Mean[scaling.Mean.Count == 1 ? 0 : channel];
            var std = scaling.Std[scaling.Std.Count == 1 ? 0 : channel];
            for (var position = 0; position < layout.Positions; position++)
            {
                var pixel = layout.Channels == 1 ? Luma(position) : Pixels[position * 3 + source];
                sample[layout.Offset(channel, position)] = (pixel * scaling.Scale - mean) / std;
            }
        }

        return sample;
    }

    /// <summary>Brightness of a pixel, 0 to 255; exactly the pixel where it is grey.</summary>
    public float Luma(int position)
    {
        var (r, g, b) = (Pixels[position * 3], Pixels[position * 3 + 1], Pixels[position * 3 + 2]);
        return r == g && g == b ? r : 0.299f * r + 0.587f * g + 0.114f * b;
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
