using Spectre.Console;

namespace Layerwise.Tool;

/// <summary>The explanations of a folder of pictures: a row each, and what came of all.</summary>
internal sealed class FolderReport
{
    private readonly List<Row> _rows = [];

    /// <summary>How many pictures could not be explained.</summary>
    public int Failures => _rows.Count(row => row.Error is not null);

    public void Add(string picture, ExplanationReport report, Commands.ExplainCommand.Outputs files) => _rows.Add(new Row(picture, report, files, null));

    /// <summary>A picture that could not be explained.</summary>
    public void Add(string picture, string error) => _rows.Add(new Row(picture, null, null, error));

    public void Print(TextWriter output)
    {
        var console = Terminal.For(output);
        var table = Terminal.Table("picture", "predicted", "target", "relevance", "");
        foreach (var (picture, report, _, error) in _rows)
        {
            table.Verdict(error is null, picture, report?.Predicted(0) ?? "–", report?.Target(0) ?? "–", report is null ? "–" : Printable.Number(report.Relevances[0].Sum), error ?? "");
        }

        console.Write(table);
        console.WriteLine();
        var classes = _rows.Where(row => row.Report is not null).CountBy(row => row.Report!.PredictedClass(0)).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal);
        output.WriteLine($"{_rows.Count} pictures, {_rows.Count - Failures} explained: {Printable.Line(string.Join(", ", classes.Select(pair => $"{pair.Value} × {pair.Key}")))}");
    }

    /// <summary>One object a picture on a line of its own: the explanation's members behind <c>picture</c> and the files, or <c>error</c>.</summary>
    public void WriteJsonLines(TextWriter output)
    {
        foreach (var (picture, report, files, error) in _rows)
        {
            output.WriteLine(Json.Object(json =>
            {
                json.WriteString("picture", picture);
                json.WriteString("error", error);
                if (report is not null)
                {
                    json.WriteString("output", files!.Relevance);
                    json.WriteString("heatmap", files.Heatmap);
                    json.WriteString("record", files.Record);
                    report.Write(json);
                }
            }));
        }
    }

    private sealed record Row(string Picture, ExplanationReport? Report, Commands.ExplainCommand.Outputs? Files, string? Error);
}
