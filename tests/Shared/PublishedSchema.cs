using System.Text.Json.Nodes;
using Json.Schema;

namespace Layerwise.Testing;

/// <summary>A JSON schema of the docs, by which a program reads what we write.</summary>
/// <param name="file">In <c>docs</c>.</param>
/// <param name="definition">One of its definitions; the whole unless given.</param>
public sealed class PublishedSchema(string file, string? definition = null)
{
    private readonly JsonSchema _schema = Read(file, definition);

    /// <summary>What does not keep to the schema, a line each; none where all does.</summary>
    public IReadOnlyList<string> ProblemsOf(JsonNode? json)
    {
        var results = _schema.Evaluate(json, new EvaluationOptions { OutputFormat = OutputFormat.List });
        return results.IsValid ? [] : [.. results.Details.Where(detail => detail.HasErrors).SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation} {error.Key}: {error.Value}"))];
    }

    /// <summary>As for a node.</summary>
    public IReadOnlyList<string> ProblemsOf(string json) => ProblemsOf(JsonNode.Parse(json));

    private static JsonSchema Read(string file, string? definition)
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, "docs", file)))!.AsObject();
        if (definition is not null)
        {
            _ = schema["$defs"]![definition] ?? throw new ArgumentException($"docs/{file} has no definition '{definition}'.", nameof(definition));
            schema["$ref"] = $"#/$defs/{definition}";
        }

        return JsonSchema.FromText(schema.ToJsonString());
    }
}
