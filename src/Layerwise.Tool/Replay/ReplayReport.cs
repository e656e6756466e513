using System.Globalization;
using Layerwise.Evidence;

namespace Layerwise.Tool.Replay;

/// <summary>What a replay found.</summary>
/// <param name="Path">The record's file.</param>
/// <param name="Record">The record.</param>
/// <param name="Tolerance">How far logits and relevance may be apart; <c>null</c> where the bits must be the same.</param>
internal sealed record ReplayReport(string Path, AuditRecord Record, double? Tolerance)
{
    /// <summary>The record of the replay; <c>null</c> where it failed.</summary>
    public AuditRecord? Replayed { get; init; }

    /// <summary>Why there was nothing to compare.</summary>
    public string? Failure { get; init; }

    /// <summary>The hash of the model's file, where the replay failed.</summary>
    public string? ModelSha256 { get; init; }

    public IReadOnlyList<AuditDifference> Differences => field ??= Replayed is not null ? Record.DifferencesTo(Replayed)
        :
        [
            .. Record.IsSealed ? [] : new[] { new AuditDifference(AuditPart.Record, "seal", Record.Seal, "of another record") },
            .. ModelSha256 == Record.Model.Files[0].Sha256 ? [] : new[] { new AuditDifference(AuditPart.Model, Record.Model.Files[0].Name, Record.Model.Files[0].Sha256, ModelSha256!) },
        ];

    /// <summary>Whether the same bits came out of the same things.</summary>
    public bool IsIdentical => Failure is null && Differences.All(d => d.IsCircumstance);

    /// <summary>Whether the same came out, up to the tolerance.</summary>
    public bool IsReproduced => IsIdentical || (Failure is null && Tolerance is { } tolerance && Differences.All(d => d.IsWithin(tolerance)));

    public void Print(TextWriter output)
    {
        var facts = Terminal.Facts();
        facts.Row("record", $"{Path}, {Record.Time.ToString("u", CultureInfo.InvariantCulture)}{(Record.Reference is { } reference ? $", {reference}" : "")}");
        facts.Row("explains", $"{Record.Model.Files[0].Name}, {Record.Rules.Composite}, {string.Join(", ", Record.Target.Classes.Take(20).Select(Class))}{(Record.Target.Against is { } against ? $" rather than class {against}" : "")}");
        foreach (var part in Enum.GetValues<AuditPart>())
        {
            Describe(facts, part);
        }

        if (Failure is not null)
        {
            facts.Row("not replayed", Failure);
        }

        facts.Verdict(IsReproduced, "result", IsIdentical ? "reproduced bit for bit" : IsReproduced ? $"reproduced within {Tolerance!.Value.ToString("R", CultureInfo.InvariantCulture)}" : "NOT reproduced");
        Terminal.For(output).Write(facts);
    }

    private string Class(int index, int sample) => Record.Target.Labels is { } labels && sample < labels.Count && labels[sample].Length > 0 ? $"{labels[sample]} ({index})" : $"class {index}";

    public string ToJson() => Json.Object(json =>
    {
        json.WriteString("record", Path);
        json.WriteBoolean("reproduced", IsReproduced);
        json.WriteBoolean("identical", IsIdentical);
        json.WriteString("failure", Failure);
        Json.Objects(json, "differences", Differences, difference =>
        {
            json.WriteString("part", Name(difference.Part));
            json.WriteString("where", difference.Where);
            json.WriteString("recorded", difference.Recorded);
            json.WriteString("found", difference.Found);
            json.WriteBoolean("circumstance", difference.IsCircumstance);
            if (difference.Distance is { } distance)
            {
                Json.Number(json, "distance", distance);
            }
        });
    });

    private void Describe(Spectre.Console.Table facts, AuditPart part)
    {
        var differences = Differences.Where(d => d.Part == part).ToList();
        foreach (var difference in differences)
        {
            var distance = difference.Distance is { } d ? $" (apart by {Printable.Number(d)} of the largest)" : "";
            facts.Row(differences[0] == difference ? Name(part) : "", $"{(difference.IsCircumstance ? "other" : "DIFFERS")}{(difference.Where.Length > 0 ? $", {difference.Where}" : "")}: recorded {difference.Recorded}, now {difference.Found}{distance}");
        }

        if (differences.Count == 0 && (Failure is null || part == AuditPart.Model) && part is not AuditPart.Record && (part != AuditPart.Conservation || Record.Conservation is not null))
        {
            facts.Row(Name(part), "same");
        }
    }

    private static string Name(AuditPart part) => part.ToString().ToLowerInvariant();
}
