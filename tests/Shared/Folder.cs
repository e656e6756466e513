using SkiaSharp;

namespace Layerwise.Testing;

/// <summary>A folder of a test's own, gone after it.</summary>
public sealed class Folder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("layerwise-");

    /// <summary>The full path of a file in the folder.</summary>
    public string this[string name] => Path.Combine(_folder.FullName, name);

    /// <summary>Writes a file; returns its full path.</summary>
    public string Write(string name, params byte[] content)
    {
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    /// <summary>Writes a text as UTF-8; returns its full path.</summary>
    public string Text(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>A PNG file; the colours row by row.</summary>
    public string Png(string name, int width, params SKColor[] colors)
    {
        using var bitmap = new SKBitmap(width, colors.Length / width, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        bitmap.Pixels = colors;
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return Write(name, png.ToArray());
    }

    /// <summary>The names of its files.</summary>
    public string[] Files() => [.. _folder.EnumerateFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];

    /// <summary>Deletes it.</summary>
    public void Dispose() => _folder.Delete(recursive: true);
}
