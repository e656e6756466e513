namespace Layerwise.Generator;

/// <summary>Names of the pipeline's steps, as a driver that tracks steps reports them.</summary>
internal static class StepNames
{
    /// <summary>The attribute as a value: no symbols, no locations.</summary>
    public const string Requests = nameof(Requests);

    /// <summary>The manifests among the additional files.</summary>
    public const string Manifests = nameof(Manifests);

    /// <summary>Each request with the one manifest that it names.</summary>
    public const string Orders = nameof(Orders);

    /// <summary>What the compiler made of each order.</summary>
    public const string Networks = nameof(Networks);

    /// <summary>Where each attribute stands: the only step that knows source locations.</summary>
    public const string Locations = nameof(Locations);

    /// <summary>The networks that have problems, without their source.</summary>
    public const string Reports = nameof(Reports);
}
