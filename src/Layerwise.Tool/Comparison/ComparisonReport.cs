using System.Net;
using System.Text;
using Layerwise.Rendering;
using Spectre.Console;

namespace Layerwise.Tool.Comparison;

/// <summary>One of two models on one sample.</summary>
/// <param name="Scores">What it says of each class.</param>
/// <param name="Relevance">The relevance of every element of its inputs, one input behind the other.</param>
internal sealed record Opinion(IReadOnlyList<ClassScore> Scores, float[] Relevance)
{
    public ClassScore Predicted => Scores.MaxBy(score => score.Logit)!;
}

/// <summary>A sample as both models see it, explained for the same class.</summary>
/// <param name="Name">The sample.</param>
/// <param name="Target">The explained class.</param>
/// <param name="A">The first model's.</param>
/// <param name="B">The other's.</param>
internal sealed record ComparedSample(string Name, int Target, Opinion A, Opinion B)
{
    public double Spearman { get; } = Similarity.Spearman(A.Relevance, B.Relevance);

    public double Cosine { get; } = Similarity.Cosine(A.Relevance, B.Relevance);

    public bool Agree => A.Predicted.Index == B.Predicted.Index;

    /// <summary>What was drawn of it: the picture, and what speaks for the class in each model; empty where it cannot be drawn.</summary>
    public IReadOnlyList<SheetCell> Cells { get; init; } = [];
}

/// <summary>Two models on the same inputs.</summary>
/// <param name="A">The first model's file.</param>
/// <param name="B">The other's.</param>
/// <param name="Method">The method, with the composite where it has one.</param>
/// <param name="Samples">What each says of each sample.</param>
internal sealed record ComparisonReport(string A, string B, string Method, IReadOnlyList<ComparedSample> Samples)
{
    private const int MaxRows = 50;

    // Of the relevance that all samples together give to each element; where they have one shape.
    private (double Spearman, double Cosine)? Sum => Samples.Select(s => s.A.Relevance.Length).Distinct().Count() != 1 ? null
        : (Total(s => s.A), Total(s => s.B)) is var (a, b) ? (Similarity.Spearman(a, b), Similarity.Cosine(a, b)) : null;

    private int Agreed => Samples.Count(sample => sample.Agree);

    public void Print(TextWriter output, string? file)
    {
        var console = Terminal.For(output);
        var facts = Terminal.Facts();
        foreach (var (name, value) in Facts())
        {
            facts.Row(name, value);
        }

        if (file is not null)
        {
            facts.Row("wrote", file);
        }

        console.Write(facts);
        console.WriteLine();
        var table = Terminal.Table("sample", "A predicts", "B predicts", "target", "rank correlation", "cosine");
        foreach (var sample in Samples.Take(MaxRows))
        {
            table.Row(Row(sample));
        }

        console.Write(table);
        if (Samples.Count > MaxRows)
        {
            console.WriteLine($"and {Samples.Count - MaxRows} samples more: --json lists them all");
        }
    }

    public string ToJson(string? file) => Json.Object(json =>
    {
        json.WriteString("a", A);
        json.WriteString("b", B);
        json.WriteString("method", Method);
        json.WriteNumber("samples", Samples.Count);
        json.WriteNumber("agreed", Agreed);
        Json.Number(json, "meanSpearman", Mean(sample => sample.Spearman));
        Json.Number(json, "meanCosine", Mean(sample => sample.Cosine));
        Json.Number(json, "sumSpearman", Sum?.Spearman ?? double.NaN);
        Json.Number(json, "sumCosine", Sum?.Cosine ?? double.NaN);
        json.WriteString("file", file);
        Json.Objects(json, "compared", Samples, sample =>
        {
            json.WriteString("sample", sample.Name);
            json.WriteNumber("target", sample.Target);
            foreach (var (name, opinion) in new[] { ("a", sample.A), ("b", sample.B) })
            {
                json.WriteStartObject(name);
                json.WriteNumber("index", opinion.Predicted.Index);
                json.WriteString("label", opinion.Predicted.Label);
                Json.Number(json, "logit", opinion.Predicted.Logit);
                Json.Number(json, "targetLogit", opinion.Scores[sample.Target].Logit);
                Json.Number(json, "relevanceSum", opinion.Relevance.Sum(value => (double)value));
                json.WriteEndObject();
            }

            Json.Number(json, "spearman", sample.Spearman);
            Json.Number(json, "cosine", sample.Cosine);
        });
    });

    /// <summary>The pictures beside each other; <c>null</c> where there are none.</summary>
    public Figure? Draw() => Samples.SelectMany(sample => sample.Cells).ToList() is { Count: > 0 } cells
        ? ContactSheet.Draw(cells, Samples[0].Cells.Count, 200, description: "The same inputs and what speaks for their class in each of two models.")
        : null;

    /// <summary>A page of its own: nothing to be fetched, no script.</summary>
    public string ToHtml()
    {
        var page = new StringBuilder("""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Two models compared</title>
            <style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;margin:1rem 0}th,td{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}svg{max-width:100%;height:auto}</style>
            </head><body><h1>Two models compared</h1>

            """);
        page.Append("<table>");
        foreach (var (name, value) in Facts())
        {
            page.Append($"<tr><th>{Text(name)}</th><td>{Text(value)}</td></tr>\n");
        }

        page.Append("</table>\n<p>Red speaks for the class, blue against it; each picture in a scale of its own.</p>\n").Append(Draw()?.ToHtml());
        page.Append("\n<table><tr><th>sample</th><th>A predicts</th><th>B predicts</th><th>target</th><th>rank correlation</th><th>cosine</th></tr>\n");
        foreach (var sample in Samples)
        {
            page.Append($"<tr>{string.Concat(Row(sample).Select(cell => $"<td>{Text(cell)}</td>"))}</tr>\n");
        }

        return page.Append("</table></body></html>\n").ToString();

        static string Text(string text) => WebUtility.HtmlEncode(Printable.Line(text));
    }

    private IEnumerable<(string Name, string Value)> Facts()
    {
        yield return ("A", A);
        yield return ("B", B);
        yield return ("method", Method);
        yield return ("predictions", $"{Agreed} of {Samples.Count} alike");
        yield return ("rank correlation", $"{Printable.Number(Mean(sample => sample.Spearman))} in the mean of the samples{(Sum is { } sum ? $", {Printable.Number(sum.Spearman)} of their sum" : "")}");
        yield return ("cosine", $"{Printable.Number(Mean(sample => sample.Cosine))} in the mean of the samples{(Sum is { } total ? $", {Printable.Number(total.Cosine)} of their sum" : "")}");
    }

    private static string[] Row(ComparedSample sample) =>
    [
        sample.Name, Class(sample.A.Predicted), Class(sample.B.Predicted), sample.A.Scores[sample.Target].ShortName, Printable.Number(sample.Spearman), Printable.Number(sample.Cosine),
    ];

    private static string Class(ClassScore score) => $"{score.ShortName} ({score.Index}), logit {Printable.Number(score.Logit)}";

    // Over the samples for which there is a number.
    private double Mean(Func<ComparedSample, double> of) => Samples.Select(of).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    private float[] Total(Func<ComparedSample, Opinion> of)
    {
        var total = new float[Samples[0].A.Relevance.Length];
        foreach (var sample in Samples)
        {
            var relevance = of(sample).Relevance;
            for (var i = 0; i < total.Length; i++)
            {
                total[i] += relevance[i];
            }
        }

        return total;
    }
}
