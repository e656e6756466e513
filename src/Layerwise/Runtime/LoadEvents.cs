using System.Diagnostics.Tracing;

namespace Layerwise.Runtime;

/// <summary>What <c>dotnet-trace</c> and other listeners to the event source <c>Layerwise</c> learn of networks that are loaded.</summary>
[EventSource(Name = "Layerwise")]
internal sealed class LoadEvents : EventSource
{
    private LoadEvents()
    {
    }

    public static LoadEvents Log { get; } = new();

    /// <summary>A network was loaded.</summary>
    [NonEvent]
    public void Loaded(Network network, Weights weights)
    {
        if (IsEnabled())
        {
            Loaded(weights.File, network.Kernels);
        }
    }

    [Event(1, Level = EventLevel.Informational, Message = "Loaded {0}: {1}")]
    private void Loaded(string file, string kernels) => WriteEvent(1, file, kernels);
}
