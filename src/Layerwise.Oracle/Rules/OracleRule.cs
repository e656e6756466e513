namespace Layerwise.Oracle.Rules;

/// <summary>A rule, by its name in the papers.</summary>
public enum RuleName
{
    /// <summary>Bach et al. 2015, eq. 58.</summary>
    Epsilon,

    /// <summary>Montavon et al. 2019; inputs of either sign: Andéol et al. 2021.</summary>
    Gamma,

    /// <summary>Montavon et al. 2017.</summary>
    ZPlus,

    /// <summary>Bach et al. 2015, eq. 60.</summary>
    AlphaBeta,

    /// <summary>Montavon et al. 2017.</summary>
    ZBox,

    /// <summary>Montavon et al. 2017.</summary>
    WSquare,

    /// <summary>Lapuschkin et al. 2019.</summary>
    Flat,

    /// <summary>Captum's GammaRule.</summary>
    CaptumGamma,

    /// <summary>Captum's Alpha1_Beta0_Rule.</summary>
    CaptumAlpha1Beta0,

    /// <summary>x ⊙ Jᵀ(R / stab(f(x))).</summary>
    Norm,

    /// <summary>The maximum of a pool by the mean in its place.</summary>
    Proportional,

    /// <summary>Local response normalization by its expansion (Binder et al. 2016).</summary>
    Taylor,

    /// <summary>A gate's signal (Arras et al. 2017).</summary>
    SignalTakeAll,

    /// <summary>Unchanged.</summary>
    Pass,

    /// <summary>The transposed derivative.</summary>
    Gradient,

    /// <summary>A Relu of Zeiler and Fergus 2014.</summary>
    DeconvNet,

    /// <summary>A Relu of Springenberg et al. 2015.</summary>
    GuidedBackprop,

    /// <summary>A Relu of Dombrowski et al. 2019.</summary>
    BetaSmooth,
}

/// <summary>A rule with its parameters.</summary>
/// <param name="Name">Which one.</param>
/// <param name="Stabilizer">What keeps its denominators from 0.</param>
/// <param name="DropBias">Whether denominators leave the bias out.</param>
public sealed record OracleRule(RuleName Name, OracleStabilizer Stabilizer, bool DropBias = false)
{
    /// <param name="name">Which one.</param>
    /// <param name="epsilon">The stabilizer ε in its usual form.</param>
    public OracleRule(RuleName name, double epsilon = OracleStabilizer.Usual)
        : this(name, new OracleStabilizer(epsilon))
    {
    }

    /// <summary>γ of the Gamma rules.</summary>
    public double Gamma { get; init; } = 0.25;

    /// <summary>α of AlphaBeta.</summary>
    public double Alpha { get; init; } = 2;

    /// <summary>β of AlphaBeta.</summary>
    public double Beta { get; init; } = 1;

    /// <summary>The smallest inputs for ZBox: one number, one a channel, or one for each element of a sample.</summary>
    public IReadOnlyList<double> Low { get; init; } = [];

    /// <summary>The largest inputs, as <see cref="Low"/>.</summary>
    public IReadOnlyList<double> High { get; init; } = [];

    /// <summary>β of BetaSmooth.</summary>
    public double Smoothness { get; init; } = 10;
}
