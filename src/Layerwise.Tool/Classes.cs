using System.Globalization;
using System.Text.RegularExpressions;
using Layerwise.Compiler;

namespace Layerwise.Tool;

/// <summary>The classes of a model: their number, and their labels where there are some.</summary>
internal sealed partial class Classes(long count, IReadOnlyList<string> labels)
{
    /// <summary>A class's label as it stands in the labels file, or <c>null</c>.</summary>
    public string? Label(int index) => index < labels.Count ? labels[index] : null;

    /// <summary>Reads a target: <c>top</c>, class indices separated by commas, or a label.</summary>
    /// <param name="text">A label may be the whole line of the labels file or one of its comma-separated synonyms, in any case.</param>
    /// <param name="samples">Number of samples.</param>
    /// <exception cref="ToolException">No such class, or not as many as there are samples.</exception>
    public Target Parse(string text, int samples)
    {
        if (text.Equals("top", StringComparison.OrdinalIgnoreCase))
        {
            return Target.Top;
        }

        if (!IndexPattern().IsMatch(text))
        {
            return Target.Class(Find(text));
        }

        int[] indices = [.. text.Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < count
            ? index
            : throw NoSuch(part))];
        return indices.Length == 1 || indices.Length == samples
            ? Target.PerSample(indices)
            : throw new ToolException($"--target names {indices.Length} classes for {samples} sample(s): give one for all, or one a sample");
    }

    /// <summary>Reads one class against another, each an index or a label.</summary>
    /// <exception cref="ToolException">No such class, several, or twice the same.</exception>
    public Target Parse(string text, string against)
    {
        var (first, second) = (One(text, "--target"), One(against, "--against"));
        return first != second ? Target.Difference(first, second) : throw new ToolException($"--target and --against name the same class ({first}): give two");
    }

    private int One(string text, string option)
        => text.Equals("top", StringComparison.OrdinalIgnoreCase) || text.Contains(',', StringComparison.Ordinal) && IndexPattern().IsMatch(text)
            ? throw new ToolException($"{option} {text}: with --against, one class is compared with another; give one index or label for each")
            : !IndexPattern().IsMatch(text) ? Find(text)
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < count ? index
            : throw NoSuch(text);

    private ToolException NoSuch(string text) => new($"there is no class {text}: {(count == 1 ? "the model has one, 0" : $"the model's classes are 0 to {count - 1}")}");

    private int Find(string text)
    {
        if (labels.Count == 0)
        {
            throw new ToolException($"'{text}' is neither 'top' nor a class index (0 to {count - 1}), and there are no labels: give the labels file with --labels");
        }

        bool Is(string name) => name.Equals(text.Trim(), StringComparison.OrdinalIgnoreCase);
        int[] found = [.. Enumerable.Range(0, labels.Count).Where(i => Is(labels[i]))];
        if (found.Length == 0)
        {
            found = [.. Enumerable.Range(0, labels.Count).Where(i => Synonyms(labels[i]).Any(Is))];
        }

        return found switch
        {
            [var index] => index,
            [] => throw new ToolException($"no class is labelled '{text}'; the nearest are {string.Join(", ", Nearest(text))}"),
            _ => throw new ToolException($"'{text}' is the label of several classes ({string.Join(", ", found)}): give the index"),
        };
    }

    private IEnumerable<string> Nearest(string text) => labels
        .SelectMany((label, index) => Synonyms(label).Select(name => (Index: index, Name: name, Distance: Distance(name, text))))
        .GroupBy(candidate => candidate.Index)
        .Select(group => group.MinBy(candidate => candidate.Distance))
        .OrderBy(candidate => candidate.Distance)
        .Take(3)
        .Select(candidate => $"'{candidate.Name}' ({candidate.Index})");

    private static string[] Synonyms(string label) => label.Split(',', StringSplitOptions.TrimEntries);

    /// <summary>A name that contains the text is near.</summary>
    private static int Distance(string name, string text)
        => text.Length > 0 && name.Contains(text, StringComparison.OrdinalIgnoreCase) ? 0 : Spelling.Distance(name, text);

    [GeneratedRegex(@"^\d+(,\d+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex IndexPattern();
}
