using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Layerwise.AspNetCore.Operations;

/// <summary>The one explainer of its type in the process, with its limits and metrics.</summary>
internal sealed partial class ExplainerHost<TExplainer> : IDisposable
    where TExplainer : class, IExplainer
{
    private readonly IServiceProvider _services;
    private readonly ILogger _logger;
    private volatile TExplainer? _explainer;
    private volatile Exception? _loadError;

    public ExplainerHost(IServiceProvider services, IOptionsMonitor<ExplainerOptions> options, IMeterFactory meters, ILogger<TExplainer> logger)
    {
        _services = services;
        _logger = logger;
        Options = options.Get(Name);
        Gate = new Gate(Options);
        Telemetry = new Telemetry(meters, typeof(TExplainer).Name, Gate, Options.DriftWindow);
    }

    /// <summary>The name of the options.</summary>
    public static string Name { get; } = typeof(TExplainer).FullName!;

    public ExplainerOptions Options { get; }

    public Gate Gate { get; }

    public Telemetry Telemetry { get; }

    /// <summary>Whether the explainer's model is in memory.</summary>
    public bool IsLoaded => _explainer is not null;

    /// <summary>Why the model could not be loaded when it was last tried, or <c>null</c>.</summary>
    public Exception? LoadError => _loadError;

    /// <summary>The explainer; loads the model where it is not in memory yet, once.</summary>
    public TExplainer Explainer
    {
        get
        {
            if (_explainer is { } explainer)
            {
                return explainer;
            }

            try
            {
                explainer = _services.GetRequiredService<TExplainer>();
                _loadError = null;
                if (Interlocked.CompareExchange(ref _explainer, explainer, null) is null)
                {
                    LogLoaded(typeof(TExplainer).Name, explainer.Network.Kernels);
                }

                return explainer;
            }
            catch (Exception e)
            {
                _loadError = e;
                throw;
            }
        }
    }

    public void Dispose() => Gate.Dispose();

    [LoggerMessage(Level = LogLevel.Information, Message = "{Explainer} is loaded and runs on {Kernels}")]
    private partial void LogLoaded(string explainer, string kernels);
}

/// <summary>Loads an explainer's model when the application starts, where the options say so.</summary>
internal sealed class LoadAtStart<TExplainer>(ExplainerHost<TExplainer> host) : IHostedService
    where TExplainer : class, IExplainer
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (host.Options.LoadAtStart)
        {
            _ = host.Explainer;
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
