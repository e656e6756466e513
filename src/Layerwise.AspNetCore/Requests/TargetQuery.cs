using System.Globalization;

namespace Layerwise.AspNetCore.Requests;

/// <summary>Which class is explained: <c>?target=</c> and <c>?against=</c>, each a label or an index.</summary>
internal static class TargetQuery
{
    /// <exception cref="Refusal">There is no such class.</exception>
    public static Target Read(string? target, string? against, IReadOnlyList<string> labels, long classes)
    {
        if (target is null)
        {
            return against is null ? Target.Top : throw Refusal.Unreadable("no-target", "'against' compares two classes; say in 'target' which one is explained.");
        }

        var index = Find("target", target, labels, classes);
        if (against is null)
        {
            return Target.Class(index);
        }

        var other = Find("against", against, labels, classes);
        return other != index ? Target.Difference(index, other)
            : throw Refusal.Unreadable("same-target", $"'target' and 'against' are the same class, {RequestBody.Quoted(target)}; give two.");
    }

    /// <summary>By label, by the first of its synonyms, by index; whatever the letters' case.</summary>
    private static int Find(string parameter, string text, IReadOnlyList<string> labels, long classes)
    {
        foreach (var known in new Func<string, string>[] { label => label, label => label.Split(',')[0].Trim() })
        {
            if (labels.Select((label, index) => (label, index)).FirstOrDefault(one => string.Equals(known(one.label), text, StringComparison.OrdinalIgnoreCase)) is { label: not null } found)
            {
                return found.index;
            }
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < classes ? number
            : throw Refusal.Unreadable("unknown-class", $"'{parameter}' is {RequestBody.Quoted(text)}, which is no class; give {Known(labels, classes)}.");
    }

    private static string Known(IReadOnlyList<string> labels, long classes)
        => labels.Count > 0 ? $"a label ({Wording.List(labels)}) or an index from 0 to {classes - 1}" : $"an index from 0 to {classes - 1}";
}
