using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Layerwise.Conformance;

/// <summary>Outcomes for a person and for a program.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static void Print(IReadOnlyList<Outcome> outcomes, TextWriter output)
    {
        foreach (var failure in outcomes.Where(o => o.Status == "failed"))
        {
            var error = failure.Error is { } e ? string.Create(CultureInfo.InvariantCulture, $"error {e:G3} > {failure.Tolerance:G3}: ") : "";
            output.WriteLine($"failed {failure.Case} {failure.Id}: {error}{failure.Reason}");
        }

        foreach (var group in outcomes.Where(o => o.Status == "unsupported").GroupBy(o => o.Reason).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"unsupported ({group.Count()}): {group.Key}");
            output.WriteLine($"    {string.Join(", ", group.Select(o => o.Case).Distinct().Take(12))}{(group.Count() > 12 ? ", …" : "")}");
        }

        int Count(string status) => outcomes.Count(o => o.Status == status);
        output.WriteLine($"{Count("passed")} passed, {Count("failed")} failed, {Count("unsupported")} unsupported");
    }

    public static void Write(IReadOnlyList<Outcome> outcomes, string path) => File.WriteAllText(path, JsonSerializer.Serialize(outcomes, s_json));
}
