#if NET10_0_OR_GREATER // Microsoft.AspNetCore.OpenApi describes endpoints since .NET 9, and lets each of them correct that since .NET 10.
using Layerwise.AspNetCore.Requests;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Layerwise.AspNetCore;

/// <summary>In an API's description a body has one type, whatever its forms: a picture or a page would have the schema of the JSON.</summary>
internal static class OpenApiContent
{
    /// <summary>Gives each form of a body that is no JSON the schema of its own.</summary>
    public static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        Describe(operation.RequestBody?.Content);
        foreach (var response in operation.Responses ?? [])
        {
            Describe(response.Value.Content);
        }

        return Task.CompletedTask;
    }

    private static void Describe(IDictionary<string, OpenApiMediaType>? content)
    {
        foreach (var (type, body) in content ?? new Dictionary<string, OpenApiMediaType>())
        {
            body.Schema = type.StartsWith("image/", StringComparison.Ordinal) ? Binary("A file.")
                : type.StartsWith("text/", StringComparison.Ordinal) ? new OpenApiSchema { Type = JsonSchemaType.String }
                : type == RequestBody.Form ? new OpenApiSchema { Type = JsonSchemaType.Object, MinProperties = 1, MaxProperties = 1, AdditionalProperties = Binary("The one file; its name is of no interest.") }
                : body.Schema;
        }
    }

    private static OpenApiSchema Binary(string description) => new() { Type = JsonSchemaType.String, Format = "binary", Description = description };
}
#endif
