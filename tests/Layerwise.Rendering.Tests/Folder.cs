using SkiaSharp;

namespace Layerwise.Rendering.Tests;

/// <summary>A folder of a test's own, gone after it.</summary>
internal sealed class Folder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("layerwise-");

    /// <summary>The full path of a file in the folder.</summary>
    public string this[string name] => Path.Combine(_folder.FullName, name);

    public string Write(string name, params byte[] content)
    {
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    /// <summary>A PNG file; the colours row by row.</summary>
    public string Png(string name, int width, params SKColor[] colors)
    {
        using var bitmap = new SKBitmap(width, colors.Length / width, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        bitmap.Pixels = colors;
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return Write(name, png.ToArray());
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
