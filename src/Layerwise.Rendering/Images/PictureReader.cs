using SkiaSharp;

namespace Layerwise.Rendering;

/// <summary>Reads picture files, which are untrusted: sizes are checked before memory is spent.</summary>
internal static class PictureReader
{
    private const int Chunk = 81920;

    /// <summary>The bytes up to the end of a stream.</summary>
    /// <param name="stream">Read from where it stands.</param>
    /// <param name="name">What it is called in a message.</param>
    /// <param name="limits">How many there may be.</param>
    /// <exception cref="PictureException">There are too many.</exception>
    public static byte[] Bytes(Stream stream, string name, PictureLimits limits)
    {
        if (stream.CanSeek && stream.Length - stream.Position > limits.MaxBytes)
        {
            throw TooLarge();
        }

        using var bytes = new MemoryStream();
        var chunk = new byte[Chunk];
        for (int count; (count = stream.Read(chunk)) > 0;)
        {
            if (bytes.Length + count > limits.MaxBytes)
            {
                throw TooLarge();
            }

            bytes.Write(chunk, 0, count);
        }

        return bytes.ToArray();

        PictureException TooLarge() => new(PictureProblem.TooManyBytes, $"{name} is larger than {limits.MaxBytes} bytes");
    }

    /// <summary>The pixels of a file's (first) picture, as they lie in it.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">What it is called in a message.</param>
    /// <param name="limits">How many pixels there may be.</param>
    /// <param name="origin">Which corner is the picture's upper left one.</param>
    /// <returns>RGBA, not premultiplied; the caller's to dispose.</returns>
    /// <exception cref="PictureException">It is no picture, damaged or too large.</exception>
    public static SKBitmap Decode(byte[] file, string name, PictureLimits limits, out SKEncodedOrigin origin)
    {
        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data) ?? throw new PictureException(PictureProblem.NotAPicture, $"{name} is not a picture that can be read (PNG, JPEG, WebP, BMP, GIF)");
        var most = Math.Min(limits.MaxPixels, Refuse.MaxPixels);
        if ((long)codec.Info.Width * codec.Info.Height > most)
        {
            throw new PictureException(PictureProblem.TooManyPixels, $"{name} has {codec.Info.Width}x{codec.Info.Height} pixels; up to {most} are read");
        }

        origin = codec.EncodedOrigin;
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, colorspace: null);
        var bitmap = new SKBitmap(info);
        if (codec.GetPixels(info, bitmap.GetPixels()) is var result && result != SKCodecResult.Success)
        {
            bitmap.Dispose();
            throw new PictureException(PictureProblem.Damaged, $"{name} is a damaged picture ({(result == SKCodecResult.IncompleteInput ? "cut short" : result)})");
        }

        return bitmap;
    }
}
