using System.Diagnostics.CodeAnalysis;
using Layerwise.AspNetCore.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Layerwise.AspNetCore;

/// <summary>Adds an explainer's endpoints to an application.</summary>
public static class ExplainerEndpoints
{
    /// <summary>
    /// Adds two endpoints. <c>POST</c> explains an input (a picture, a form with one, a text, or JSON) as JSON, PNG or HTML, whichever the request accepts;
    /// <c>GET</c> tells the model's classes, inputs and rules.
    /// </summary>
    /// <typeparam name="TExplainer">An explainer that was added with <see cref="ExplainerServices"/>.</typeparam>
    /// <param name="endpoints">The application, or a group of it.</param>
    /// <param name="pattern">The route, such as <c>/horses</c>.</param>
    /// <returns>The endpoints' group, for authorization, rate limits, and whatever else goes for all of them.</returns>
    /// <exception cref="InvalidOperationException">The explainer was not added.</exception>
    public static RouteGroupBuilder MapExplainer<TExplainer>(this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern)
        where TExplainer : class, IExplainer
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        var name = typeof(TExplainer).Name;
        if (endpoints.ServiceProvider.GetService<ExplainerEndpoint<TExplainer>>() is not { } endpoint)
        {
            throw new InvalidOperationException($"The explainer {name} was not added; call builder.Services.AddExplainer<{name}>().");
        }

        var kind = endpoint.Kind;
        var group = endpoints.MapGroup(pattern).WithTags(name);

        var explain = group.MapPost("", endpoint.Explain)
            .WithName($"Explain{name}")
            .WithSummary("Explains one input")
            .WithDescription(kind.Description)
            .Accepts(kind.JsonBody, kind.MediaTypes[0], [.. kind.MediaTypes.Skip(1)])
            .Produces<ExplanationAnswer>(StatusCodes.Status200OK, Negotiation.Json, Negotiation.Png, Negotiation.Html)
            .ProducesProblems(400, 406, 408, 413, 415, 422, 503);
#if NET10_0_OR_GREATER
        explain.AddOpenApiOperationTransformer(OpenApiContent.Describe);
#endif

        // A body that the endpoint above does not take is refused in words.
        group.MapPost("", endpoint.Explain).ExcludeFromDescription();

        group.MapGet("", endpoint.Describe)
            .WithName($"Describe{name}")
            .WithSummary("Tells classes, inputs and rules")
            .Produces<ExplainerAnswer>(StatusCodes.Status200OK, Negotiation.Json);
        return group;
    }

    private static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
        {
            endpoint.ProducesProblem(status);
        }

        return endpoint;
    }
}
