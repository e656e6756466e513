using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Layerwise.AspNetCore.Operations;

/// <summary>Whether an explainer can answer: its model is loaded, and requests are being taken.</summary>
internal sealed class ExplainerHealthCheck<TExplainer>(ExplainerHost<TExplainer> host) : IHealthCheck
    where TExplainer : class, IExplainer
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var data = new Dictionary<string, object> { ["loaded"] = host.IsLoaded, ["waiting"] = host.Gate.Waiting, ["computing"] = host.Gate.Computing };
        return Task.FromResult(
            host.LoadError is { } error ? new HealthCheckResult(context.Registration.FailureStatus, "The model could not be loaded.", error, data)
            : !host.IsLoaded ? HealthCheckResult.Degraded("The model is not loaded yet; the first request loads it.", data: data)
            : host.Gate.IsFull ? HealthCheckResult.Degraded("As many requests are under way as may be; others are refused.", data: data)
            : HealthCheckResult.Healthy("The model is loaded.", data));
    }
}
