namespace Layerwise.Tool.Verification;

/// <summary>One layer of one or several explained samples: where its relevance went, and how far it is from the oracle.</summary>
/// <param name="Layer">The layer.</param>
internal sealed record VerifiedLayer(Layer Layer)
{
    /// <summary>Σ of the relevance of its output.</summary>
    public double Taken { get; init; }

    /// <summary>Σ of what it gives to its inputs.</summary>
    public double Given { get; init; }

    public double BiasShare { get; init; }

    public double StabilizerShare { get; init; }

    /// <summary>Σ of what is not accounted for, each sample's without its sign.</summary>
    public double Gap { get; init; }

    /// <summary>The largest gap of a sample, as a share of its target.</summary>
    public double RelativeGap { get; init; }

    /// <summary>The largest difference of its output to the oracle's, as a share of the largest output; <c>null</c> without a reference.</summary>
    public double? ActivationDifference { get; init; }

    /// <summary>The same of the relevance that it gives.</summary>
    public double? RelevanceDifference { get; init; }

    /// <summary>Why there is no reference; <c>null</c> where there is one.</summary>
    public string? NoReference { get; init; }

    /// <summary>Whether all of its elements were compared; otherwise a sample of them.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>Whether it must add up.</summary>
    public bool MustAddUp => Layer.Leak is Leak.None or Leak.Bounded;

    /// <summary>The layer of this and of another sample.</summary>
    public VerifiedLayer With(VerifiedLayer other) => this with
    {
        Taken = Taken + other.Taken,
        Given = Given + other.Given,
        BiasShare = BiasShare + other.BiasShare,
        StabilizerShare = StabilizerShare + other.StabilizerShare,
        Gap = Gap + other.Gap,
        RelativeGap = Math.Max(RelativeGap, other.RelativeGap),
        ActivationDifference = Larger(ActivationDifference, other.ActivationDifference),
        RelevanceDifference = Larger(RelevanceDifference, other.RelevanceDifference),
        NoReference = NoReference ?? other.NoReference,
        IsWhole = IsWhole && other.IsWhole,
    };

    private static double? Larger(double? a, double? b) => a is { } one && b is { } other ? double.IsNaN(one) || double.IsNaN(other) ? double.NaN : Math.Max(one, other) : a ?? b;
}
