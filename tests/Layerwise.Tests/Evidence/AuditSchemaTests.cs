using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Layerwise.Evidence;
using Layerwise.Testing;

namespace Layerwise.Tests.Evidence;

/// <summary>The published schema is that of the code.</summary>
public sealed class AuditSchemaTests
{
    [Fact]
    public void The_schema_of_the_docs_is_that_of_the_records()
    {
        var types = AuditJson.Compact.AuditRecord.GetJsonSchemaAsNode(new() { TreatNullObliviousAsNonNullable = true }).AsObject();
        types["properties"]!["schema"] = new JsonObject { ["const"] = AuditRecord.CurrentSchema };
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Layerwise audit record, version 1",
        };
        foreach (var (name, node) in types.ToList())
        {
            types.Remove(name);
            schema[name] = node;
        }

        var path = Path.Combine(SharedFolder.RepositoryRoot, "docs", "audit-record.schema.json");
        var text = schema.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n";
        if (!File.Exists(path) || File.ReadAllText(path) != text)
        {
            File.WriteAllText(path + ".received", text);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == text, "docs/audit-record.schema.json differs from the code: compare it with the .received file beside it, and raise the version of the schema where old records no longer fit.");
    }
}
