namespace Layerwise;

/// <summary>How an explanation is computed.</summary>
public enum Method
{
    /// <summary>Layer-wise Relevance Propagation (Bach et al. 2015), by the rules of a <see cref="Composite"/>.</summary>
    Lrp,

    /// <summary>The plain gradient ∂f/∂x of the target logit (Simonyan et al. 2014).</summary>
    Gradient,
}

/// <summary>Which rule each layer gets.</summary>
public enum Composite
{
    /// <summary>ZPlus on convolutions, Epsilon on dense layers.</summary>
    EpsilonPlus,

    /// <summary>As <see cref="EpsilonPlus"/>, with Flat on the first layer (Lapuschkin et al. 2019).</summary>
    EpsilonPlusFlat,
}

/// <summary>A propagation rule: how the relevance of a layer's output is shared out over its inputs.</summary>
public enum Rule
{
    /// <summary>x ⊙ Wᵀ(R / stab(z)) (Bach et al. 2015, eq. 58).</summary>
    Epsilon,

    /// <summary>Positive contributions alone: x⁺w⁺ and x⁻w⁻ (Montavon et al. 2017).</summary>
    ZPlus,

    /// <summary>Every input of a window gets the same share (Lapuschkin et al. 2019).</summary>
    Flat,

    /// <summary>In proportion to what each input adds to the output: sums and averages.</summary>
    Norm,

    /// <summary>Relevance passes unchanged: activations, and what only moves values.</summary>
    Pass,

    /// <summary>The gradient: relevance goes where the derivative is, as for the maximum of a pool.</summary>
    Gradient,
}

/// <summary>What is propagated from the target: the relevance that the explained output starts with.</summary>
public enum InitialRelevance
{
    /// <summary>1 at the target, 0 elsewhere.</summary>
    OneHot,

    /// <summary>The target's logit at the target, 0 elsewhere.</summary>
    Logit,
}
