using System.Globalization;
using System.Text;

namespace Layerwise.Rendering;

/// <summary>The HTML of a report, from top to bottom.</summary>
internal static class ReportPage
{
    private const int MaxClasses = 6, OpenLayers = 30;

    public static string Write(Report report)
    {
        var (target, against) = (report.TargetClass, report.AgainstClass);
        var question = against is null ? $"Why {target.ShortName}?" : $"Why {target.ShortName} rather than {against.ShortName}?";
        return Page.Write($"{question} · {report.Model.File}", $"{report.Model.File} on {report.Input}", question, Lead(report, target), $"""
            {Prediction(report)}
            {string.Concat(report.Parts.Select(Part))}
            {(report.Conservation is { } balance ? Balance(balance) : "")}
            {Computation(report)}
            {Provenance(report)}
            """);
    }

    private static string Lead(Report report, ClassScore target)
    {
        var top = report.Classes.MaxBy(one => one.Logit)!;
        var sure = top.Probability is { } p ? $" with a probability of {Numbers.Percent(p)}" : $" with {Numbers.Long(top.Logit)}";
        var says = $"The model says <strong>{Html.Name(top.ShortName)}</strong>{sure}.";
        return top.Index == target.Index ? says : $"{says} This page explains <strong>{Html.Name(target.ShortName)}</strong>.";
    }

    private static string Prediction(Report report)
    {
        var shown = report.Classes.OrderByDescending(one => one.Logit).Take(MaxClasses).ToList();
        foreach (var explained in new[] { report.TargetClass, report.AgainstClass })
        {
            if (explained is not null && !shown.Contains(explained))
            {
                shown.Add(explained);
            }
        }

        var hasProbabilities = shown.All(one => one.Probability is not null);
        var largest = shown.Max(one => Math.Abs(one.Logit));
        var rows = new StringBuilder();
        foreach (var one in shown)
        {
            var bar = hasProbabilities ? $"""<td class="bar"><span style="width:{Numbers.Coordinate(100 * one.Probability!.Value)}%"></span></td><td class="number">{Numbers.Percent(one.Probability.Value)}</td>""" : "";
            var role = one.Index == report.Target ? " <small>explained</small>" : one.Index == report.Against ? " <small>compared with</small>" : "";
            rows.Append(CultureInfo.InvariantCulture, $"""<tr{(role.Length > 0 ? " class=\"chosen\"" : "")}><th scope="row">{Html.Name(one.Name)}{role}</th>{bar}<td class="number">{Numbers.Beside(one.Logit, largest)}</td></tr>""").Append('\n');
        }

        var rest = report.Classes.Count - shown.Count;
        return $"""
            <section>
            <h2>Prediction</h2>
            <table class="prediction">
            <thead><tr><th scope="col">Class</th>{(hasProbabilities ? "<th scope=\"col\" colspan=\"2\">Probability</th>" : "")}<th scope="col" class="number">Logit</th></tr></thead>
            <tbody>
            {rows}</tbody>
            </table>
            {(rest > 0 ? $"<p class=\"note\">and {rest} {(rest == 1 ? "class" : "classes")} more</p>" : "")}
            </section>
            """;
    }

    private static string Part(ReportPart part) => $"""

        <section>
        <h2>{Html.Name(part.Title)}</h2>
        <figure>
        {part.Content}
        {(part.Caption.Length > 0 ? $"<figcaption>{Html.Name(part.Caption)}</figcaption>" : "")}
        </figure>
        </section>
        """;

    private static string Balance(Conservation balance)
    {
        var largest = Math.Max(Math.Abs(balance.Target), Math.Abs(balance.InputSum));
        string Term(string sign, double value, string name)
        {
            (sign, value) = sign == "+" && value < 0 ? ("−", -value) : (sign, value);
            return $"""<div><span>{sign}</span><b>{(Math.Abs(value) < 1e-3 ? Numbers.Short(value) : Numbers.Beside(value, largest))}</b><small>{name}</small></div>""";
        }

        var gap = balance.Target == 0 ? Math.Abs(balance.Gap) : Math.Abs(balance.Gap / balance.Target);
        var verdict = gap < 1e-3
            ? "All relevance is accounted for: what the target started with is what reached the input and what biases and stabilizers kept. The gap is rounding."
            : "The gap is relevance that rules created or kept which do not conserve it: read the heatmap as an order of importance, not as shares of the logit.";
        return $"""
            <section>
            <h2>Conservation</h2>
            <div class="balance">
            {Term("", balance.Target, "target")}{Term("=", balance.InputSum, "input")}{Term("+", balance.BiasShare, "biases")}{Term("+", balance.StabilizerShare, "stabilizers")}{(balance.Withheld == 0 ? "" : Term("+", balance.Withheld, "withheld"))}{Term("+", balance.Gap, "gap")}
            </div>
            <p>{verdict}</p>
            </section>
            """;
    }

    private static string Computation(Report report)
    {
        var facts = new List<(string, string)> { ("Method", Html.Name(report.Method.Name)) };
        if (report.Method.Composite is { } composite)
        {
            facts.Add(("Composite", Html.Name(composite)));
        }

        facts.Add(("Starts with", Html.Name(report.Method.Start + (report.AgainstClass is { } against ? $", less the same of {against.ShortName}" : ""))));
        facts.AddRange(report.Method.Parameters.Select(parameter => (Html.Name(parameter.Key), Value(parameter.Value))));
        return $"""
            <section>
            <h2>How it was computed</h2>
            {Page.Facts(facts)}
            {(report.Layers.Count > 0 ? LayerTable(report.Layers) : "")}
            </section>
            """;
    }

    /// <summary>A hash as such, anything else as it is.</summary>
    private static string Value(string text) => text.Length >= 32 && text.All(char.IsAsciiHexDigit) ? $"<code>{text}</code>" : Html.Name(text);

    private static string LayerTable(IReadOnlyList<Layer> layers)
    {
        var rows = string.Concat(layers.Select(layer =>
            $"""<tr><th scope="row">{Html.Name(layer.Name)}</th><td>{Html.Name(layer.Op)}</td><td>{Html.Name(layer.Shape)}</td><td>{(layer.Rule is { } rule ? rule.ToString() : "–")}</td><td>{Html.Name(layer.Why)}</td></tr>""" + "\n"));
        return $"""
            <details{(layers.Count <= OpenLayers ? " open" : "")}>
            <summary>{layers.Count} layers, and the rule of each</summary>
            <div class="wide">
            <table class="layers">
            <thead><tr><th scope="col">Layer</th><th scope="col">Operator</th><th scope="col">Output</th><th scope="col">Rule</th><th scope="col">Why</th></tr></thead>
            <tbody>
            {rows}</tbody>
            </table>
            </div>
            </details>
            """;
    }

    private static string Provenance(Report report)
    {
        var facts = new List<(string, string)>
        {
            ("Model", $"{Html.Name(report.Model.File)}, {report.Model.Bytes.ToString("N0", CultureInfo.InvariantCulture)} bytes"),
            ("SHA-256", $"<code>{Html.Name(report.Model.Sha256)}</code>"),
            ("Input", Html.Name(report.Input)),
            ("Computed by", Html.Name(report.Generator)),
            ("Computed on", report.Created.ToUniversalTime().ToString("d MMMM yyyy, HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)),
        };
        if (report.Took is { } took)
        {
            facts.Add(("Took", took.TotalSeconds < 1 ? $"{Numbers.Short(took.TotalMilliseconds)} ms" : $"{Numbers.Short(took.TotalSeconds)} s"));
        }

        return $"""
            <section class="provenance">
            <h2>Provenance</h2>
            {Page.Facts(facts)}
            </section>
            """;
    }
}
