using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler;

/// <summary>What the user asked for: one explainer of one model.</summary>
public sealed record ExplainerSpec
{
    /// <summary>Namespace of the user's class as C# writes it; empty for the global one.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Name of the user's class as C# writes it: <c>@event</c>.</summary>
    public required string ClassName { get; init; }

    /// <summary>Whether the user's class is <c>public</c>; otherwise <c>internal</c>.</summary>
    public bool IsPublic { get; init; } = true;

    /// <summary><c>"lrp"</c> or <c>"gradient"</c>, in any case.</summary>
    public string Method { get; init; } = "lrp";

    /// <summary>A composite by name, in any case.</summary>
    public string Composite { get; init; } = "EpsilonPlusFlat";

    /// <summary>The dense layers' stabilizer.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>The output to explain, where the model has several.</summary>
    public string? Output { get; init; }

    /// <summary>Whether a BatchNormalization is merged into the linear layer before it.</summary>
    public bool MergeBatchNorm { get; init; } = true;

    /// <summary>Whether the linear layers' denominators leave the bias out.</summary>
    public bool DropBias { get; init; }

    /// <summary>Rules that are asked for by operator or by node name, before the composite's.</summary>
    public EquatableList<RuleOverride> Rules { get; init; } = EquatableList<RuleOverride>.Empty;
}
