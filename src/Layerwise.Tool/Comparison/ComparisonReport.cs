using Layerwise.Rendering;
using Spectre.Console;

namespace Layerwise.Tool.Comparison;

/// <summary>One of two models on one sample.</summary>
/// <param name="Scores">What it says of each class.</param>
/// <param name="Relevance">The relevance of every element of its inputs, one input behind the other.</param>
/// <param name="Turned">Whether positive relevance is what lowers the logit.</param>
internal sealed record Opinion(IReadOnlyList<ClassScore> Scores, float[] Relevance, bool Turned)
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
    public (double Spearman, double Cosine)? Sum => Samples.Select(s => s.A.Relevance.Length).Distinct().Count() != 1 ? null
        : (Total(s => s.A), Total(s => s.B)) is var (a, b) ? (Similarity.Spearman(a, b), Similarity.Cosine(a, b)) : null;

    public int Agreed => Samples.Count(sample => sample.Agree);

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
        ? ContactSheet.Draw(cells, Samples[0].Cells.Count, 220, ColorBar.Draw(new RelevanceScale(0), against: "against the class", speaksFor: "for the class"), "The same inputs and what speaks for their class in each of two models.")
        : null;

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
    public double Mean(Func<ComparedSample, double> of) => Samples.Select(of).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

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
