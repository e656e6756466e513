using System.Globalization;
using Layerwise.Rendering;

namespace Layerwise.Tool.Comparison;

/// <summary>A comparison as one HTML file in the style of a report: nothing to be fetched, no script.</summary>
internal static class ComparisonPage
{
    public static string Write(ComparisonReport report)
    {
        var (a, b) = (Path.GetFileName(report.A), Path.GetFileName(report.B));
        return Page.Write($"{a} and {b} compared", $"{a} and {b} on {Count(report.Samples.Count, "sample")}", "Do they look at the same?", Lead(report), $"""
            {Measures(report)}
            {Pictures(report)}
            {Samples(report)}
            <section class="provenance">
            <h2>The models</h2>
            {Page.Facts([("A", Html.Name(report.A)), ("B", Html.Name(report.B)), ("Method", Html.Name(report.Method))])}
            </section>
            """);
    }

    private static string Lead(ComparisonReport report)
    {
        var agreed = report.Agreed == report.Samples.Count
            ? report.Agreed == 1 ? "The models predict the same class." : "The models predict the same class for every sample."
            : $"The models predict the same class for {report.Agreed} of {Count(report.Samples.Count, "sample")}.";
        var rank = report.Mean(sample => sample.Spearman);
        return double.IsFinite(rank) ? $"{agreed} The rank correlation of what they look at is <strong>{Number(rank)}</strong>." : agreed;
    }

    private static string Measures(ComparisonReport report)
    {
        string Row(string name, double mean, double? sum, string what)
            => $"""<tr><th scope="row">{name}</th><td class="number">{Number(mean)}</td><td class="number">{(sum is { } one ? Number(one) : "–")}</td><td>{what}</td></tr>""";
        return $"""
            <section>
            <h2>How alike</h2>
            <div class="wide">
            <table>
            <thead><tr><th scope="col">Measure</th><th scope="col" class="number">Mean of the samples</th><th scope="col" class="number">Of their sum</th><th scope="col"></th></tr></thead>
            <tbody>
            {Row("Rank correlation", report.Mean(sample => sample.Spearman), report.Sum?.Spearman, "which elements count more than which")}
            {Row("Cosine", report.Mean(sample => sample.Cosine), report.Sum?.Cosine, "how much they count")}
            </tbody>
            </table>
            </div>
            <p class="note">1 is the same, 0 unrelated, −1 the reverse.</p>
            </section>
            """;
    }

    private static string Pictures(ComparisonReport report) => report.Draw() is not { } figure ? "" : $"""
        <section>
        <h2>Side by side</h2>
        <figure>
        {figure.ToHtml()}
        <figcaption>Both are explained for the class that A predicts, or that was asked for. Each picture has a scale of its own.{(report.Samples.Count(sample => sample.Cells.Count > 0) is var drawn && drawn < report.Samples.Count ? $" The first {drawn} samples." : "")}</figcaption>
        </figure>
        </section>
        """;

    private static string Samples(ComparisonReport report)
    {
        var rows = string.Concat(report.Samples.Select(sample =>
            $"""<tr><th scope="row">{Html.Name(sample.Name)}</th>{Class(sample.A, sample.Agree)}{Class(sample.B, sample.Agree)}<td>{Html.Name(sample.A.Scores[sample.Target].ShortName)}</td><td class="number">{Number(sample.Spearman)}</td><td class="number">{Number(sample.Cosine)}</td></tr>""" + "\n"));
        return $"""
            <section>
            <h2>Sample by sample</h2>
            <div class="wide">
            <table>
            <thead><tr><th scope="col">Sample</th><th scope="col">A predicts</th><th scope="col">B predicts</th><th scope="col">Explained</th><th scope="col" class="number">Rank corr.</th><th scope="col" class="number">Cosine</th></tr></thead>
            <tbody>
            {rows}</tbody>
            </table>
            </div>
            <p class="note">With the logit of each prediction. Where the two differ, they stand in bold.</p>
            </section>
            """;
    }

    private static string Class(Opinion opinion, bool agree)
    {
        var name = Html.Name(opinion.Predicted.ShortName);
        return $"<td>{(agree ? name : $"<strong>{name}</strong>")} <small>{Number(opinion.Predicted.Logit)}</small></td>";
    }

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("0.00", CultureInfo.InvariantCulture).Replace('-', '−') : "–";
}
