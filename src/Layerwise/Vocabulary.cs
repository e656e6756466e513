namespace Layerwise;

/// <summary>How an explanation is computed.</summary>
public enum Method
{
    /// <summary>Layer-wise Relevance Propagation (Bach et al. 2015), by the rules of a <see cref="Composite"/>.</summary>
    Lrp,

    /// <summary>The plain gradient ∂f/∂x of the target logit (Simonyan et al. 2014).</summary>
    Gradient,

    /// <summary>The magnitude of the gradient, |∂f/∂x| (Simonyan et al. 2014).</summary>
    Saliency,

    /// <summary>The gradient times the input, x ⊙ ∂f/∂x (Shrikumar et al. 2016).</summary>
    GradientTimesInput,
}

/// <summary>Which rule each layer gets. Names and rules are those of zennit (Anders et al. 2021).</summary>
public enum Composite
{
    /// <summary>ZPlus on convolutions, Epsilon on dense layers.</summary>
    EpsilonPlus,

    /// <summary>As <see cref="EpsilonPlus"/>, with Flat on the first layer (Lapuschkin et al. 2019).</summary>
    EpsilonPlusFlat,

    /// <summary>ZBox on the first convolution, Gamma on the others, Epsilon on dense layers (Montavon et al. 2019). Needs the bounds of the input.</summary>
    EpsilonGammaBox,

    /// <summary>AlphaBeta with α = 2 and β = 1 on convolutions, Epsilon on dense layers.</summary>
    EpsilonAlpha2Beta1,

    /// <summary>As <see cref="EpsilonAlpha2Beta1"/>, with Flat on the first layer.</summary>
    EpsilonAlpha2Beta1Flat,

    /// <summary>ZPlus on linear layers, activations by their gradient (Zhang et al. 2016).</summary>
    ExcitationBackprop,

    /// <summary>
    /// Deep Taylor decomposition (Montavon et al. 2017): ZPlus on linear layers, on the first one ZBox where the bounds of the input are
    /// given and WSquare otherwise. Holds for networks of Relus alone (checked by the build) without positive biases (checked at load).
    /// </summary>
    DeepTaylor,

    /// <summary>The gradient, at each Relu without its negative part, whatever the Relu's input (Zeiler and Fergus 2014).</summary>
    DeconvNet,

    /// <summary>The gradient, at each Relu without its negative part (Springenberg et al. 2015).</summary>
    GuidedBackprop,

    /// <summary>The gradient, each Relu's as that of a Softplus (Dombrowski et al. 2019).</summary>
    BetaSmooth,

    /// <summary>The explainer's own rules alone, by <c>LayerRule</c>. Relevance still moves with the values, and to the maximum of a pool.</summary>
    Custom,
}

/// <summary>Whose kernels a network runs on. What it computes is the same.</summary>
public enum Backend
{
    /// <summary><see cref="Managed"/> for a small network whose every operator it has; <see cref="Torch"/> for others.</summary>
    Auto,

    /// <summary>libtorch's, by TorchSharp: every operator, any device.</summary>
    Torch,

    /// <summary>C# alone: on the CPU, without libtorch and without allocations, also where a program is compiled ahead of time. For small networks.</summary>
    Managed,
}

/// <summary>A propagation rule: how the relevance of a layer's output is shared out over its inputs.</summary>
public enum Rule
{
    /// <summary>x ⊙ Wᵀ(R / stab(z)) (Bach et al. 2015, eq. 58).</summary>
    Epsilon,

    /// <summary>Contributions of the output's own sign count 1 + γ times (Montavon et al. 2019; inputs of either sign: Andéol et al. 2021).</summary>
    Gamma,

    /// <summary>Positive contributions alone: x⁺w⁺ and x⁻w⁻ (Montavon et al. 2017).</summary>
    ZPlus,

    /// <summary>α times the share by positive contributions less β times that by negative ones (Bach et al. 2015, eq. 60).</summary>
    AlphaBeta,

    /// <summary>For inputs between known bounds: contributions xw − low·w⁺ − high·w⁻ (Montavon et al. 2017).</summary>
    ZBox,

    /// <summary>In proportion to the squared weights, whatever the input (Montavon et al. 2017).</summary>
    WSquare,

    /// <summary>Every input of a window gets the same share (Lapuschkin et al. 2019).</summary>
    Flat,

    /// <summary>Epsilon with w + γw⁺ in place of the weights and the bias as it is: Captum's GammaRule.</summary>
    CaptumGamma,

    /// <summary>Epsilon with w⁺ in place of the weights and the bias as it is: Captum's Alpha1_Beta0_Rule.</summary>
    CaptumAlpha1Beta0,

    /// <summary>In proportion to what each input adds to the output: sums and averages.</summary>
    Norm,

    /// <summary>For a maximum: in proportion to all that its window holds, rather than to the winner alone.</summary>
    Proportional,

    /// <summary>For a local response normalization: its first-order Taylor expansion (Binder et al. 2016).</summary>
    Taylor,

    /// <summary>For a product with a gate, a value from 0 to 1: all relevance goes to the signal, none to the gate (Arras et al. 2017).</summary>
    SignalTakeAll,

    /// <summary>Relevance passes unchanged: activations, and what only moves values.</summary>
    Pass,

    /// <summary>The gradient: relevance goes where the derivative is, as for the maximum of a pool.</summary>
    Gradient,

    /// <summary>For a Relu: the positive part of what comes back, whatever the Relu's input (Zeiler and Fergus 2014).</summary>
    ReluDeconvNet,

    /// <summary>For a Relu: the positive part of what comes back, where the Relu lets something through (Springenberg et al. 2015).</summary>
    ReluGuidedBackprop,

    /// <summary>For a Relu: the gradient of a Softplus in place of its own (Dombrowski et al. 2019).</summary>
    ReluBetaSmooth,
}

/// <summary>What is propagated from the target: the relevance that the explained output starts with.</summary>
public enum InitialRelevance
{
    /// <summary>
    /// 1 at the target, 0 elsewhere. Where the last layer's rule divides by its output, as Epsilon does, relevance is a share in the logit: of a logit below 0
    /// positive relevance is what lowers it.
    /// </summary>
    OneHot,

    /// <summary>The target's logit at the target, 0 elsewhere. Behind such a rule positive relevance is what raises the logit, whatever its sign.</summary>
    Logit,
}
