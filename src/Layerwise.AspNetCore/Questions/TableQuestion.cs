using System.Text.Json;
using Layerwise.AspNetCore.Requests;
using Layerwise.Rendering;

namespace Layerwise.AspNetCore.Questions;

/// <summary>Why a network says what it says about a row of a table.</summary>
internal sealed class TableQuestion(ITableExplainer explainer, float[] row) : Question
{
    public override string Kind => "table";

    public override string Input => "the row of a request";

    /// <exception cref="Refusal">The body is no JSON, or its numbers are not those of the table's features.</exception>
    public static TableQuestion Read(ITableExplainer explainer, RequestBody body)
        => JsonNumbers.Read(body.Bytes.Span, (ref Utf8JsonReader reader) => new TableQuestion(explainer, ReadRow(ref reader, explainer.Table.Features)));

    public override Explanation Explain(Target target, ExplainOptions options) => explainer.ExplainRow(row, target, options);

    public override float[] PartsOf(Explanation why) => why.RelevanceValues.ToArray();

    public override ReasonAnswer Describe(Explanation why, int part, double relevance, double share) => new(explainer.Table.Features[part], relevance, share) { Value = row[part] };

    public override byte[] ToPng(Explanation why) => ((TableExplanation)why).Waterfall().ToPng();

    public override ReportPart ToPart(Explanation why, ClassScore explained) => ReportPart.Of(
        "What each feature adds",
        ((TableExplanation)why).Waterfall(),
        $"From top to bottom: what no feature accounts for, then the features by size. Red speaks for {explained.ShortName}, blue against it.");

    private static float[] ReadRow(ref Utf8JsonReader reader, IReadOnlyList<string> features)
    {
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            var array = JsonNumbers.ReadArray(ref reader, "row", features.Count);
            return array.Values.Count == features.Count ? [.. array.Values.Select(value => (float)value)]
                : throw Refusal.Unfit("other-shape", $"The row has {array.Values.Count} numbers; the table has {features.Count} features: {Wording.List(features)}.");
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Refusal.Unfit("not-an-object", $"The body is {JsonNumbers.Kind(reader.TokenType)}; send an object with a number for each feature: {Wording.List(features)}.");
        }

        var values = new Dictionary<string, double>();
        JsonNumbers.ReadObject(ref reader, (string name, ref Utf8JsonReader value) => values[name] = features.Contains(name)
            ? JsonNumbers.ReadNumber(ref value, name)
            : throw Refusal.Unfit("unknown-feature", $"The table has no feature {RequestBody.Quoted(name)}; its features are {Wording.List(features)}."));
        var missing = features.Where(name => !values.ContainsKey(name)).ToList();
        return missing.Count == 0 ? [.. features.Select(name => (float)values[name])]
            : throw Refusal.Unfit("missing-feature", $"The row lacks {Wording.List(missing)}; give a number for each feature.");
    }
}
