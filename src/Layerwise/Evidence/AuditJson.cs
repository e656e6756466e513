using System.Text.Json;
using System.Text.Json.Serialization;

namespace Layerwise.Evidence;

/// <summary>How records are written and read: by code that the compiler makes, so that a program can be trimmed.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(AuditRecord))]
[JsonSerializable(typeof(AuditHead))]
internal sealed partial class AuditJson : JsonSerializerContext
{
    /// <summary>One line; what the seal is computed of.</summary>
    public static AuditJson Compact => Default;

    /// <summary>For readers.</summary>
    public static AuditJson Indented => Styles.Indented;

    private static class Styles
    {
        public static readonly AuditJson Indented = new(new JsonSerializerOptions(Default.Options) { WriteIndented = true });
    }
}

/// <summary>What a file must have for the rest to be read; anything may stand beside it.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
internal sealed record AuditHead(string? Schema);
