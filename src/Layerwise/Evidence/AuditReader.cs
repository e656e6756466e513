using System.Text.Json;

namespace Layerwise.Evidence;

/// <summary>Reads records of anyone's.</summary>
internal static class AuditReader
{
    private const int HashLength = 64;

    /// <exception cref="AuditRecordException">It is no record, or one of another schema.</exception>
    public static AuditRecord Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            var schema = JsonSerializer.Deserialize(json, AuditJson.Compact.AuditHead)?.Schema;
            if (schema != AuditRecord.CurrentSchema)
            {
                throw Refusal(
                    schema is null
                        ? $"This is no audit record: it names no schema. One starts with \"schema\": \"{AuditRecord.CurrentSchema}\"."
                        : $"The record is of the schema '{Wording.OneLine(schema)}', and this version of Layerwise reads '{AuditRecord.CurrentSchema}': use the version that wrote it, or a newer one.",
                    "schema",
                    AuditRecord.CurrentSchema,
                    schema);
            }

            return Complete(JsonSerializer.Deserialize(json, AuditJson.Compact.AuditRecord)!);
        }
        catch (JsonException e)
        {
            throw Refusal($"The audit record cannot be read: {Wording.OneLine(e.Message)}", e.Path ?? "", "JSON of the record's schema", "other text", e);
        }
    }

    // What JSON that fits the types may still lack.
    private static AuditRecord Complete(AuditRecord record)
    {
        Present(record.Layerwise, "layerwise");
        Present(record.Execution, "execution");
        foreach (var file in NotEmpty(Present(record.Model, "model").Files, "model.files"))
        {
            Present(file?.Name, "model.files.name");
            Hash(file!.Sha256, "model.files.sha256");
        }

        var rules = Present(record.Rules, "rules");
        foreach (var (text, path) in new[] { (rules.Generator, "rules.generator"), (rules.Method, "rules.method"), (rules.Composite, "rules.composite") })
        {
            Present(text, path);
        }

        if (rules.Specification.ValueKind != JsonValueKind.Object)
        {
            throw Missing("rules.specification");
        }

        Hash(rules.Sha256, "rules.sha256");
        foreach (var (text, path) in new[] { (record.Execution.Kernels, "kernels"), (record.Execution.Device, "device"), (record.Execution.Library, "library"), (record.Execution.Runtime, "runtime"), (record.Execution.Platform, "platform") })
        {
            Present(text, $"execution.{path}");
        }

        if (record.Image is { } image)
        {
            NotEmpty(image.Mean, "image.mean");
            NotEmpty(image.Std, "image.std");
            Known(image.Order, "image.order");
            Known(image.Fit, "image.fit");
        }

        if (record.Table is { } table)
        {
            NotEmpty(table.Features, "table.features");
            NotEmpty(table.Mean, "table.mean");
            NotEmpty(table.Std, "table.std");
        }

        if (record.Text is { } tokens)
        {
            Present(tokens.Embedding, "text.embedding");
            foreach (var role in NotEmpty(tokens.Inputs, "text.inputs"))
            {
                Known(role, "text.inputs");
            }

            foreach (var sample in NotEmpty(tokens.Samples, "text.samples"))
            {
                NotEmpty(Present(sample, "text.samples").Ids, "text.samples.ids");
                if (sample.Sha256 is { } hash)
                {
                    Hash(hash, "text.samples.sha256");
                }
            }
        }

        foreach (var input in NotEmpty(record.Inputs, "inputs"))
        {
            Present(input?.Name, "inputs.name");
            Present(input!.Type, "inputs.type");
            Present(input.Shape, "inputs.shape");
            Hash(input.Sha256, "inputs.sha256");
        }

        Present(Present(record.Target, "target").Asked, "target.asked");
        Known(record.Execution.Backend, "execution.backend");
        Known(record.Target.Initial, "target.initial");
        NotEmpty(record.Target.Classes, "target.classes");
        foreach (var condition in Present(record.Conditions, "conditions"))
        {
            Present(condition?.Layer, "conditions.layer");
            NotEmpty(condition!.Channels, "conditions.channels");
        }

        Present(Present(record.Logits, "logits").Name, "logits.name");
        Present(record.Logits.Shape, "logits.shape");
        Hash(record.Logits.Sha256, "logits.sha256");
        foreach (var balance in record.Conservation ?? [])
        {
            Present(balance, "conservation");
        }

        foreach (var relevance in NotEmpty(record.Relevance, "relevance"))
        {
            Present(relevance?.Input, "relevance.input");
            Present(relevance!.Shape, "relevance.shape");
            Hash(relevance.Sha256, "relevance.sha256");
            foreach (var sample in Present(relevance.Samples, "relevance.samples"))
            {
                foreach (var element in Present(Present(sample, "relevance.samples").Largest, "relevance.samples.largest"))
                {
                    Present(element, "relevance.samples.largest");
                }
            }
        }

        Hash(record.Seal, "seal");
        return record;
    }

    private static T Present<T>(T? value, string path)
        where T : class
        => value ?? throw Missing(path);

    private static IReadOnlyList<T> NotEmpty<T>(IReadOnlyList<T>? list, string path) => list is { Count: > 0 } ? list : throw Missing(path);

    private static void Known<T>(T value, string path)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw Missing(path);
        }
    }

    private static void Hash(string? hash, string path)
    {
        if (hash is not { Length: HashLength } || !hash.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f')))
        {
            throw Refusal($"The audit record cannot be read: {path} is '{Wording.OneLine(hash ?? "")}', no SHA-256 of {HashLength} lower-case hexadecimal digits.", path, $"{HashLength} lower-case hexadecimal digits", hash);
        }
    }

    private static AuditRecordException Missing(string path) => Refusal($"The audit record cannot be read: {path} is missing or empty.", path, "a value", null);

    private static AuditRecordException Refusal(string message, string path, string expected, string? actual, Exception? cause = null)
        => new(message, cause) { Path = path, Expected = expected, Actual = Wording.OneLine(actual ?? "missing") };
}
