namespace Layerwise.Evidence;

/// <summary>What an explanation is to remember for an <see cref="AuditRecord"/>: <see cref="ExplainOptions.Audit"/>.</summary>
public sealed class AuditOptions
{
    /// <summary>Whose time the record bears; the system's unless given.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>What the decision is filed under, such as a case number; stands in the record as it is. <c>null</c> unless given.</summary>
    public string? Reference { get; init; }
}
