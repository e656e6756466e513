namespace Layerwise.Benchmarks;

/// <summary>A page of text whose end is measured.</summary>
internal static class Page
{
    private const string Mark = "<!-- measured -->\n";

    /// <summary>Puts what was measured behind the mark.</summary>
    public static void Replace(string path, string measured)
    {
        var text = File.Exists(path) ? File.ReadAllText(path) : Mark;
        var end = text.IndexOf(Mark, StringComparison.Ordinal);
        File.WriteAllText(path, end >= 0 ? text[..(end + Mark.Length)] + "\n" + measured : throw new InvalidOperationException($"'{path}' has no line {Mark.Trim()}"));
    }
}
