namespace Layerwise.Evidence;

/// <summary>What differs between two records.</summary>
/// <param name="Part">Which part of them.</param>
/// <param name="Where">What in that part, such as a file's or an input's name; empty where the part says it all. Names of others, as they are.</param>
/// <param name="Recorded">What the first record says.</param>
/// <param name="Found">What the second one says.</param>
/// <param name="Distance">
/// How far logits, balance or relevance are apart, as a part of the largest of them; <c>null</c> where that is no question, or not known.
/// </param>
public sealed record AuditDifference(AuditPart Part, string Where, string Recorded, string Found, double? Distance = null)
{
    /// <summary>Whether it is only a circumstance, which may explain a difference but is none of what was computed: a version, or the machine.</summary>
    public bool IsCircumstance => Part is AuditPart.Layerwise or AuditPart.Generator or AuditPart.Execution;

    /// <summary>Whether two that agree up to rounding may differ so.</summary>
    /// <param name="tolerance">The largest distance that counts as rounding, such as 1e-4.</param>
    public bool IsWithin(double tolerance) => IsCircumstance || Distance <= tolerance;
}

/// <summary>A part of an <see cref="AuditRecord"/>.</summary>
public enum AuditPart
{
    /// <summary>The record itself: its seal does not fit it.</summary>
    Record,

    /// <summary>A file of the model.</summary>
    Model,

    /// <summary>The rule set.</summary>
    Rules,

    /// <summary>The version of the compiler.</summary>
    Generator,

    /// <summary>The version of the runtime.</summary>
    Layerwise,

    /// <summary>Backend, kernels, device, threads, libraries, platform.</summary>
    Execution,

    /// <summary>An input.</summary>
    Input,

    /// <summary>The target, or where its relevance starts.</summary>
    Target,

    /// <summary>The conditions on layers.</summary>
    Conditions,

    /// <summary>The logits.</summary>
    Logits,

    /// <summary>Where the relevance went.</summary>
    Conservation,

    /// <summary>The relevance of an input.</summary>
    Relevance,
}
