namespace Layerwise.Compiler.Relevance;

/// <summary>What a rule does; the runtime's <c>Layerwise.Rule</c> explains each to the user.</summary>
public enum RuleKind
{
    Epsilon,
    Gamma,
    ZPlus,
    AlphaBeta,
    ZBox,
    WSquare,
    Flat,
    CaptumGamma,
    CaptumAlpha1Beta0,
    Norm,
    Proportional,
    Taylor,
    SignalTakeAll,
    Pass,
    Gradient,
    ReluDeconvNet,
    ReluGuidedBackprop,
    ReluBetaSmooth,
}

/// <summary>A rule with its parameters.</summary>
/// <param name="Kind">The rule.</param>
/// <param name="Epsilon">The stabilizer ε of its denominators.</param>
/// <param name="DropBias">Whether denominators leave the bias out.</param>
public sealed record Rule(RuleKind Kind, double Epsilon = Rule.DefaultStabilizer, bool DropBias = false)
{
    public const double DefaultStabilizer = 1e-6;

    /// <summary>How ε keeps denominators from 0.</summary>
    public Stabilizer Stabilizer { get; init; }

    /// <summary>γ of the Gamma rules.</summary>
    public double Gamma { get; init; } = 0.25;

    /// <summary>α of AlphaBeta.</summary>
    public double Alpha { get; init; } = 2;

    /// <summary>β of AlphaBeta: α − 1.</summary>
    public double Beta { get; init; } = 1;

    /// <summary>Whether AlphaBeta takes negative denominators for what positive ones leave of the layer's own output, where that is at hand.</summary>
    public bool NegativeByDifference { get; init; }

    /// <summary>Whether denominators that need passes of their own, and the way back of those, are computed in bfloat16 where the kernels have it: ZPlus, AlphaBeta and Gamma.</summary>
    public bool BFloat16 { get; init; }

    /// <summary>The smallest inputs for ZBox: one number, one a channel, or one for each element of a sample.</summary>
    public EquatableList<double> Low { get; init; } = EquatableList<double>.Empty;

    /// <summary>The largest inputs for ZBox, as <see cref="Low"/>.</summary>
    public EquatableList<double> High { get; init; } = EquatableList<double>.Empty;

    /// <summary>β of ReluBetaSmooth.</summary>
    public double Smoothness { get; init; } = 10;

    /// <summary>What is wrong with a parameter, or <c>null</c>.</summary>
    public string? Problem => this switch
    {
        _ when !(Epsilon >= 0) || double.IsInfinity(Epsilon) => $"Epsilon is {Text(Epsilon)}; it must be a finite number, 0 or more",
        { Kind: RuleKind.Gamma or RuleKind.CaptumGamma } when !(Gamma >= 0) || double.IsInfinity(Gamma) => $"Gamma is {Text(Gamma)}; it must be a finite number, 0 or more",
        { Kind: RuleKind.AlphaBeta } when !(Alpha >= 1) || !(Beta >= 0) || double.IsInfinity(Alpha) || Math.Abs(Alpha - Beta - 1) > 1e-9
            => $"Alpha is {Text(Alpha)} and Beta is {Text(Beta)}; Beta must be 0 or more, and Alpha one more than Beta",
        { Kind: RuleKind.ZBox } when Low.Count == 0 || High.Count == 0 => "Low and High, the smallest and the largest value of the input, are missing",
        { Kind: RuleKind.ZBox } when Low.Concat(High).Any(v => double.IsNaN(v) || double.IsInfinity(v)) => "Low and High must be finite numbers",
        { Kind: RuleKind.ReluBetaSmooth } when !(Smoothness > 0) || double.IsInfinity(Smoothness) => $"Smoothness is {Text(Smoothness)}; it must be a finite number above 0",
        _ => null,
    };

    /// <summary>A number as one writes it, such as 1e-6.</summary>
    public static string Text(double number) => number.ToString("R", System.Globalization.CultureInfo.InvariantCulture).Replace("E-0", "e-").Replace("E-", "e-");
}

/// <summary>How ε keeps a denominator z from 0: z + ε·sign(z) with sign(0) = +1 unless one of these is set.</summary>
[Flags]
public enum Stabilizer
{
    Add = 0,

    /// <summary>sign(z)·max(|z|, ε).</summary>
    Clip = 1,

    /// <summary>ε is a multiple of the root of the mean square of a sample's denominators.</summary>
    NormScale = 2,

    /// <summary>z + ε, whatever the sign of z.</summary>
    Unsigned = 4,
}
