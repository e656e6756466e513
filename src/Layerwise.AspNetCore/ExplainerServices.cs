using System.Diagnostics.CodeAnalysis;
using Layerwise.AspNetCore.Operations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Layerwise.AspNetCore;

/// <summary>Adds explainers to an application.</summary>
public static class ExplainerServices
{
    /// <summary>
    /// Adds an explainer with the model that was built with the program: one instance for all requests, which can also be injected; its health
    /// check, under the class's name and the tag <c>layerwise</c>; and its metrics and activities, named <c>Layerwise</c>.
    /// </summary>
    /// <typeparam name="TExplainer">The class with the <see cref="ExplainerAttribute"/>.</typeparam>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets limits and what answers hold; checked when the application starts.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddExplainer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TExplainer>(this IServiceCollection services, Action<ExplainerOptions>? configure = null)
        where TExplainer : class, IExplainer
        => services.AddExplainer(provider => ActivatorUtilities.CreateInstance<TExplainer>(provider), configure);

    /// <summary>As <see cref="AddExplainer{TExplainer}(IServiceCollection, Action{ExplainerOptions})"/>, with an explainer that you make: of a retrained file, on another device.</summary>
    /// <typeparam name="TExplainer">The class with the <see cref="ExplainerAttribute"/>.</typeparam>
    /// <param name="services">The application's services.</param>
    /// <param name="create">Makes the explainer, such as <c>_ =&gt; ResNet18.FromFile("retrained.onnx")</c>; called once. The application disposes it.</param>
    /// <param name="configure">Sets limits and what answers hold; checked when the application starts.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddExplainer<TExplainer>(this IServiceCollection services, Func<IServiceProvider, TExplainer> create, Action<ExplainerOptions>? configure = null)
        where TExplainer : class, IExplainer
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(create);
        services.AddProblemDetails().AddMetrics();
        services.TryAddSingleton<IValidateOptions<ExplainerOptions>, ExplainerOptionsValidation>();
        services.AddOptions<ExplainerOptions>(ExplainerHost<TExplainer>.Name).Configure(configure ?? (_ => { })).ValidateOnStart()
            .Validate(
                options => options.Tokenize is not null || !typeof(ITextExplainer).IsAssignableFrom(typeof(TExplainer)),
                $"{typeof(TExplainer).Name} explains texts, and nothing splits them into tokens; give the model's tokenizer: AddExplainer<{typeof(TExplainer).Name}>(options => options.Tokenize = …).");
        if (services.Any(service => service.ServiceType == typeof(ExplainerHost<TExplainer>)))
        {
            throw new InvalidOperationException($"The explainer {typeof(TExplainer).Name} was added twice; add each once.");
        }

        services.AddSingleton(create);
        services.AddSingleton<ExplainerHost<TExplainer>>();
        services.AddSingleton<ExplainerEndpoint<TExplainer>>();
        services.AddHostedService<LoadAtStart<TExplainer>>();
        services.AddHealthChecks().AddCheck<ExplainerHealthCheck<TExplainer>>(typeof(TExplainer).Name, HealthStatus.Unhealthy, ["layerwise"]);
        return services;
    }
}
