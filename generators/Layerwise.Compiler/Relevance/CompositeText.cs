using System.Globalization;
using System.Text;

namespace Layerwise.Compiler.Relevance;

/// <summary>The rules of an explainer as the JSON that the tool reads as a composite file: what differs from the defaults, on one line.</summary>
public static class CompositeText
{
    /// <param name="spec">What was asked for.</param>
    /// <param name="composite">The composite that was chosen; <c>null</c> for the methods that have none.</param>
    public static string Of(ExplainerSpec spec, string? composite)
    {
        var json = new List<string>();
        if (composite is not null)
        {
            json.Add(Member("composite", Quoted(composite)));
        }

        var usual = new ExplainerSpec { ClassName = "" };
        Add(json, "epsilon", spec.Epsilon, usual.Epsilon);
        Add(json, "stabilizer", spec.Stabilizer, usual.Stabilizer);
        Add(json, "gamma", spec.Gamma, usual.Gamma);
        Add(json, "low", spec.Low);
        Add(json, "high", spec.High);
        Add(json, "smoothness", spec.Smoothness, usual.Smoothness);
        Add(json, "zeroBias", spec.DropBias, usual.DropBias);
        Add(json, "negativeByDifference", spec.NegativeByDifference, usual.NegativeByDifference);
        Add(json, "bFloat16", spec.BFloat16, usual.BFloat16);
        Add(json, "gradientOtherwise", spec.GradientOtherwise, usual.GradientOtherwise);
        Add(json, "mergeBatchNorm", spec.MergeBatchNorm, usual.MergeBatchNorm);
        Add(json, "stripHead", spec.StripHead, usual.StripHead);
        if (spec.Rules.Count > 0)
        {
            json.Add(Member("rules", $"[{string.Join(",", spec.Rules.Select(Line))}]"));
        }

        return $"{{{string.Join(",", json)}}}";
    }

    /// <summary>A JSON string of printable ASCII.</summary>
    internal static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            quoted.Append(c is '"' or '\\' ? "\\" + c : c is >= ' ' and <= '~' ? c.ToString() : "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture));
        }

        return quoted.Append('"').ToString();
    }

    private static string Line(LayerRule line)
    {
        var (rule, usual) = (line.Rule, new Rule(line.Rule.Kind));
        var json = new List<string> { Member("layers", Quoted(line.Layers)), Member("rule", Quoted(rule.Kind.ToString())) };
        if (line.Position != LayerPosition.Every)
        {
            json.Add(Member("position", Quoted(line.Position.ToString())));
        }

        Add(json, "epsilon", rule.Epsilon, usual.Epsilon);
        Add(json, "clip", rule.Stabilizer.HasFlag(Stabilizer.Clip), false);
        Add(json, "normScale", rule.Stabilizer.HasFlag(Stabilizer.NormScale), false);
        Add(json, "unsigned", rule.Stabilizer.HasFlag(Stabilizer.Unsigned), false);
        Add(json, "zeroBias", rule.DropBias, usual.DropBias);
        Add(json, "gamma", rule.Gamma, usual.Gamma);
        Add(json, "alpha", rule.Alpha, usual.Alpha);
        Add(json, "beta", rule.Beta, usual.Beta);
        Add(json, "negativeByDifference", rule.NegativeByDifference, usual.NegativeByDifference);
        Add(json, "bFloat16", rule.BFloat16, usual.BFloat16);
        Add(json, "low", rule.Low);
        Add(json, "high", rule.High);
        Add(json, "smoothness", rule.Smoothness, usual.Smoothness);
        return $"{{{string.Join(",", json)}}}";
    }

    private static string Member(string name, string value) => $"\"{name}\":{value}";

    private static void Add(List<string> json, string name, double value, double usual)
    {
        if (!value.Equals(usual))
        {
            json.Add(Member(name, Number(value)));
        }
    }

    private static void Add(List<string> json, string name, bool value, bool usual)
    {
        if (value != usual)
        {
            json.Add(Member(name, value ? "true" : "false"));
        }
    }

    private static void Add(List<string> json, string name, IReadOnlyList<double> values)
    {
        if (values.Count > 0)
        {
            json.Add(Member(name, $"[{string.Join(",", values.Select(Number))}]"));
        }
    }

    // What is no number is refused before anything is emitted; 17 digits read back to the same one on every framework.
    private static string Number(double value)
        => value.ToString("R", CultureInfo.InvariantCulture) is var text && double.Parse(text, CultureInfo.InvariantCulture).Equals(value) ? text : value.ToString("G17", CultureInfo.InvariantCulture);
}
