using System.Text;
using System.Text.RegularExpressions;

namespace Layerwise.Onnx;

/// <summary>The labels file: one class a line, in the order of the output.</summary>
internal static class Labels
{
    private const long LargestFile = 16 << 20;
    private const int MostLabels = 1 << 18;

    // ImageNet's lists name the WordNet synset first: "n01440764 tench, Tinca tinca".
    private static readonly Regex s_wordNetId = new(@"^n\d{8}\s+", RegexOptions.CultureInvariant);

    public static IReadOnlyList<string> Read(string path)
    {
        var text = Text(path);
        if (text.Count(c => c == '\n') > MostLabels)
        {
            throw Unreadable(path, $"it has more than {MostLabels} lines");
        }

        var lines = text.Split('\n').Select(line => line.Trim()).ToList();
        while (lines.Count > 0 && lines[lines.Count - 1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return lines.All(line => s_wordNetId.IsMatch(line)) ? [.. lines.Select(line => s_wordNetId.Replace(line, ""))] : lines;
    }

    private static string Text(string path)
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

        OnnxException Unreadable(string why) => Labels.Unreadable(path, why);
    }

    private static OnnxException Unreadable(string path, string why)
        => new(OnnxException.Labels, $"The labels file '{path}' cannot be read: {why}. Give a UTF-8 text with one label a line in Labels=\"…\", or leave Labels out.");
}
