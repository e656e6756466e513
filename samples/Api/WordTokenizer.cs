using System.Text.RegularExpressions;
using Layerwise;

namespace Api;

/// <summary>Splits a text into words and marks, whose ids are the lines of a vocabulary; a word that is not in it is unknown.</summary>
/// <param name="ids">The id of each word, in small letters.</param>
public sealed partial class WordTokenizer(IReadOnlyDictionary<string, int> ids)
{
    private const int Unknown = 1;

    /// <summary>Reads a vocabulary.</summary>
    /// <param name="path">One word a line, the first with the id 0.</param>
    public static WordTokenizer Load(string path) => new(File.ReadLines(path).Index().ToDictionary(word => word.Item, word => word.Index));

    /// <summary>The words of a text; <c>null</c> where there are none.</summary>
    /// <param name="text">The text.</param>
    public TokenizedText? Split(string text)
    {
        var words = Word().Matches(text);
        return words.Count == 0 ? null : new TokenizedText(
            text,
            [.. words.Select(word => (long)ids.GetValueOrDefault(Mark().Replace(word.Value, ".").ToLowerInvariant(), Unknown))],
            [.. words.Select(word => new TokenSpan(word.Index, word.Length))]);
    }

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}'’]+|[.!?]")]
    private static partial Regex Word();

    [GeneratedRegex("[!?]")]
    private static partial Regex Mark();
}
