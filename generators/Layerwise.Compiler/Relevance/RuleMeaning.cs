namespace Layerwise.Compiler.Relevance;

/// <summary>What each rule does, in a line for the head of the emitted file; as the runtime's <c>Layerwise.Rule</c> says it to the user.</summary>
public static class RuleMeaning
{
    public static string Of(RuleKind kind) => kind switch
    {
        RuleKind.Epsilon => "x ⊙ Wᵀ(R / z) (Bach et al. 2015, eq. 58)",
        RuleKind.Gamma => "contributions of the output's own sign count 1 + γ times (Montavon et al. 2019; inputs of either sign: Andéol et al. 2021)",
        RuleKind.ZPlus => "positive contributions alone: x⁺w⁺ and x⁻w⁻ (Montavon et al. 2017)",
        RuleKind.AlphaBeta => "α times the share by positive contributions less β times that by negative ones (Bach et al. 2015, eq. 60)",
        RuleKind.ZBox => "for inputs between known bounds: contributions xw − low·w⁺ − high·w⁻ (Montavon et al. 2017)",
        RuleKind.WSquare => "in proportion to the squared weights, whatever the input (Montavon et al. 2017)",
        RuleKind.Flat => "every input of a window gets the same share (Lapuschkin et al. 2019)",
        RuleKind.CaptumGamma => "Epsilon with w + γw⁺ in place of the weights and the bias as it is: Captum's GammaRule",
        RuleKind.CaptumAlpha1Beta0 => "Epsilon with w⁺ in place of the weights and the bias as it is: Captum's Alpha1_Beta0_Rule",
        RuleKind.Norm => "x ⊙ Jᵀ(R / z), in proportion to what each input adds to the output",
        RuleKind.Proportional => "for a maximum: in proportion to all that its window holds",
        RuleKind.Taylor => "for a local response normalization: its first-order Taylor expansion (Binder et al. 2016)",
        RuleKind.SignalTakeAll => "for a product with a gate: all to the signal, none to the gate (Arras et al. 2017)",
        RuleKind.Pass => "relevance passes unchanged",
        RuleKind.Gradient => "the gradient: relevance goes where the derivative is",
        RuleKind.ReluDeconvNet => "for a Relu: the positive part of what comes back, whatever its input (Zeiler and Fergus 2014)",
        RuleKind.ReluGuidedBackprop => "for a Relu: the positive part of what comes back, where it lets something through (Springenberg et al. 2015)",
        RuleKind.ReluBetaSmooth => "for a Relu: the gradient of a Softplus in place of its own (Dombrowski et al. 2019)",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "The rule has no meaning to write."),
    };
}
