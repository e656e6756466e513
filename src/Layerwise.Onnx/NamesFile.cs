using System.Text;
using System.Text.RegularExpressions;

namespace Layerwise.Onnx;

/// <summary>A file of names, one a line: the labels of the classes, in the order of the output, or the features of a table.</summary>
/// <param name="kind">What it names: <c>labels</c> or <c>features</c>.</param>
internal sealed class NamesFile(string kind)
{
    public static NamesFile Labels { get; } = new("labels");

    public static NamesFile Features { get; } = new("features");

    private const long LargestFile = 16 << 20;
    private const int MostNames = 1 << 18;

    // ImageNet's lists name the WordNet synset first: "n01440764 tench, Tinca tinca".
    private static readonly Regex s_wordNetId = new(@"^n\d{8}\s+", RegexOptions.CultureInvariant);

    public IReadOnlyList<string> Read(string path)
    {
        var text = Text(path);
        if (text.Count(c => c == '\n') > MostNames)
        {
            throw Unreadable(path, $"it has more than {MostNames} lines");
        }

        var lines = text.Split('\n').Select(line => line.Trim()).ToList();
        while (lines.Count > 0 && lines[lines.Count - 1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return this == Labels && lines.All(line => s_wordNetId.IsMatch(line)) ? [.. lines.Select(line => s_wordNetId.Replace(line, ""))] : lines;
    }

    private string Text(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            return length <= LargestFile
                ? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF')
                : throw Unreadable($"it has {length} bytes, more than {LargestFile}");
        }
        catch (FileNotFoundException)
        {
            throw Unreadable("it does not exist");
        }
        catch (DecoderFallbackException)
        {
            throw Unreadable("it is not UTF-8");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Unreadable(e.Message);
        }

        OnnxException Unreadable(string why) => this.Unreadable(path, why);
    }

    private OnnxException Unreadable(string path, string why)
    {
        var metadata = char.ToUpperInvariant(kind[0]) + kind.Substring(1);
        return new(OnnxException.Labels, $"The {kind} file '{path}' cannot be read: {why}. Give a UTF-8 text with one name a line in {metadata}=\"…\", or leave {metadata} out.");
    }
}
