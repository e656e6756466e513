using System.Globalization;
using System.Text;

namespace Layerwise.Compiler.Emit;

/// <summary>Enum members of labels, <c>tabby, tabby cat</c> gives <c>Tabby</c>, and constants of tensors.</summary>
public static class LabelNames
{
    /// <summary>One member a label, in order; a name that came before gets the class index behind it.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> labels) => Of(labels.Select(label => label.Split(',')[0]), "Class", []);

    /// <summary>One constant a tensor, in order, as members of a class of that name: <c>input_ids</c> gives <c>InputIds</c>.</summary>
    public static IReadOnlyList<string> OfConstants(IEnumerable<string> tensors, string type)
        => Of(tensors, type, [type, nameof(Equals), nameof(ReferenceEquals), nameof(GetHashCode), nameof(GetType), nameof(ToString), nameof(MemberwiseClone), "Finalize"]);

    private static IReadOnlyList<string> Of(IEnumerable<string> texts, string other, HashSet<string> reserved)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return [.. texts.Select((text, index) =>
        {
            var name = Pascal(text);
            var number = index.ToString(CultureInfo.InvariantCulture);
            name = name.Length == 0 ? other + number : char.IsDigit(name[0]) ? "_" + name : reserved.Contains(name) ? name + "Tensor" : name;
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
