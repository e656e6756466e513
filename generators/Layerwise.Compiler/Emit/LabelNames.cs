using System.Globalization;
using System.Text;

namespace Layerwise.Compiler.Emit;

/// <summary>Enum members of labels: <c>tabby, tabby cat</c> gives <c>Tabby</c>.</summary>
public static class LabelNames
{
    /// <summary>One member a label, in order; a name that came before gets the class index behind it.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> labels)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return [.. labels.Select((label, index) =>
        {
            var name = Pascal(label.Split(',')[0]);
            var number = index.ToString(CultureInfo.InvariantCulture);
            name = name.Length == 0 ? "Class" + number : char.IsDigit(name[0]) ? "_" + name : name;
            while (!taken.Add(name))
            {
                name += "_" + number;
            }

            return name;
        })];
    }

    private static string Pascal(string label)
    {
        var name = new StringBuilder();
        var start = true;
        foreach (var c in label)
        {
            if (char.IsLetterOrDigit(c))
            {
                name.Append(start ? char.ToUpperInvariant(c) : c);
                start = false;
            }
            else if (c != '\'')
            {
                start = true;
            }
        }

        return name.Length > 60 ? name.ToString(0, 60) : name.ToString();
    }
}
