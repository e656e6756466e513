using System.Globalization;
using SkiaSharp;
using static TorchSharp.torch;

namespace CleverHans;

/// <summary>A picture, what it shows, and the box of its stamp if it has one.</summary>
internal sealed record Sample(string Name, string Class, SKBitmap Bitmap, SKRectI? Stamp)
{
    /// <summary>Reads the pictures that <c>pictures.csv</c> in the folder lists: file, class, then the stamp's left, top, width and height.</summary>
    public static IReadOnlyList<Sample> Load(string folder)
        => [.. File.ReadLines(Path.Combine(folder, "pictures.csv")).Skip(1).Select(line => Parse(folder, line.Split(',')))];

    /// <summary>The pictures as the models take them: [N, 3, height, width], red, green, blue, 0…1.</summary>
    public static Tensor Batch(IReadOnlyList<Sample> samples)
    {
        var (width, height) = (samples[0].Bitmap.Width, samples[0].Bitmap.Height);
        byte[] rgba = [.. samples.SelectMany(sample => sample.Bitmap.Bytes)];
        using var bytes = tensor(rgba, [samples.Count, height, width, 4], dtype: ScalarType.Byte);
        using var rgb = bytes.narrow(3, 0, 3).permute(0, 3, 1, 2).to(ScalarType.Float32);
        return rgb.div(255).contiguous();
    }

    private static Sample Parse(string folder, string[] fields)
    {
        using var file = SKBitmap.Decode(Path.Combine(folder, fields[0]));
        var box = fields.Skip(2).Where(f => f.Length > 0).Select(f => int.Parse(f, CultureInfo.InvariantCulture)).ToArray();
        return new Sample(
            Path.GetFileNameWithoutExtension(fields[0]),
            fields[1],
            file.Copy(SKColorType.Rgba8888),
            box is [var left, var top, var width, var height] ? SKRectI.Create(left, top, width, height) : null);
    }
}
