namespace Layerwise;

/// <summary>
/// Where the relevance of one explained sample went: <see cref="Target"/> = <see cref="InputSum"/> + <see cref="BiasShare"/> +
/// <see cref="StabilizerShare"/> + <see cref="Withheld"/> + <see cref="Gap"/>. The shares are computed each on its own, in float64, from the
/// numbers of the pass; the gap is what rounding leaves, and what layers keep that do not conserve relevance (<see cref="Leak.Unbounded"/>).
/// </summary>
/// <param name="Target">Σ of the relevance that the explanation starts with.</param>
/// <param name="InputSum">Σ of the relevance of the inputs; of a text that of its tokens.</param>
/// <param name="BiasShare">What biases keep, and other constants: addends, padding, tables that are looked up.</param>
/// <param name="StabilizerShare">What the ε of the denominators keeps: Σ s·(stab(z) − z).</param>
/// <param name="Withheld">What the conditions of the call do not let pass; 0 without conditions.</param>
/// <param name="Layers">The layers that relevance comes to, in the order in which it does: the last one first.</param>
public sealed record Conservation(double Target, double InputSum, double BiasShare, double StabilizerShare, double Withheld, IReadOnlyList<LayerConservation> Layers)
{
    /// <summary>What is not accounted for.</summary>
    public double Gap => Target - InputSum - BiasShare - StabilizerShare - Withheld;
}

/// <summary>Where the relevance of one layer went: <see cref="Taken"/> = <see cref="Given"/> + <see cref="BiasShare"/> + <see cref="StabilizerShare"/> + <see cref="Gap"/>.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Taken">Σ of the relevance of its output.</param>
/// <param name="Given">Σ of what it gives to its inputs.</param>
/// <param name="BiasShare">What its bias keeps, or another constant.</param>
/// <param name="StabilizerShare">What its stabilizer keeps.</param>
public sealed record LayerConservation(Layer Layer, double Taken, double Given, double BiasShare, double StabilizerShare)
{
    /// <summary>What is not accounted for.</summary>
    public double Gap => Taken - Given - BiasShare - StabilizerShare;
}

/// <summary>Whether a layer hands on all relevance that comes to it.</summary>
public enum Leak
{
    /// <summary>All of it, up to rounding.</summary>
    None,

    /// <summary>All but what its bias, its stabilizer or another constant keeps, which <see cref="Conservation"/> accounts for.</summary>
    Bounded,

    /// <summary>What it gives on does not add up to what it takes: a derivative is no share.</summary>
    Unbounded,
}
