using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Relevance;

/// <summary>Which rule each type of layer gets.</summary>
/// <param name="Name">The preset's name.</param>
/// <param name="Summary">One line for the head of the emitted file.</param>
/// <param name="Rules">The first that matches a layer is its rule; a layer that none matches has no rule.</param>
public sealed record Composite(string Name, string Summary, IReadOnlyList<LayerRule> Rules)
{
    private const string All = "*";

    /// <summary>Whether what is passed down is a derivative, perhaps modified at the Relus, rather than relevance.</summary>
    public bool IsDerivative { get; init; }

    /// <summary>Whether its rules are the deep Taylor decomposition, which holds for Relus alone and without positive biases.</summary>
    public bool IsDeepTaylor { get; init; }

    /// <summary>What is made of what reaches the inputs.</summary>
    public Ending Ending { get; init; }

    /// <summary>The plain gradient of the target, which is a rule for every layer.</summary>
    public static Composite Gradient { get; } = new("Gradient", "the plain gradient of the target", [new(All, new Rule(RuleKind.Gradient))]) { IsDerivative = true };

    /// <summary>The magnitude of the gradient.</summary>
    public static Composite Saliency { get; } = Gradient with { Name = "Saliency", Summary = "the magnitude of the gradient of the target", Ending = Ending.Magnitude };

    /// <summary>The gradient times the input.</summary>
    public static Composite GradientTimesInput { get; } = Gradient with { Name = "GradientTimesInput", Summary = "the gradient of the target times the input", Ending = Ending.TimesInput };

    /// <summary>No rules: the network only predicts, and has no way back.</summary>
    public static Composite Predict { get; } = new("Predict", "the forward pass alone", []);

    /// <summary>The presets (the names and rules are zennit's), with the parameters that the user gives them.</summary>
    public static IReadOnlyList<Composite> Presets(ExplainerSpec spec)
    {
        Rule Of(RuleKind kind) => new(kind, spec.Stabilizer, spec.DropBias);
        var epsilon = new Rule(RuleKind.Epsilon, spec.Epsilon, spec.DropBias);
        Rule Narrow(RuleKind kind) => Of(kind) with { BFloat16 = spec.BFloat16 };
        var plus = Narrow(RuleKind.ZPlus);
        var alphaBeta = Narrow(RuleKind.AlphaBeta) with { NegativeByDifference = spec.NegativeByDifference };
        var gamma = Narrow(RuleKind.Gamma) with { Gamma = spec.Gamma };
        var box = Of(RuleKind.ZBox) with { Low = spec.Low, High = spec.High };
        var flat = new LayerRule(LayerRule.Linear, Of(RuleKind.Flat), LayerPosition.First);
        var dense = $"Epsilon ({Rule.Text(spec.Epsilon)}) on dense layers";
        var narrow = spec.BFloat16 ? " in bfloat16" : "";
        var pluses = $"ZPlus{narrow} on convolutions";
        var alphaBetas = $"AlphaBeta (2, 1){narrow}{(spec.NegativeByDifference ? " with negative denominators by difference" : "")} on convolutions";
        IReadOnlyList<LayerRule> With(Rule convolution) => [.. Shared(spec), new("Convolution", convolution), new("Dense", epsilon)];
        return
        [
            new("EpsilonPlus", $"{pluses}, {dense}", With(plus)),
            new("EpsilonPlusFlat", $"Flat on the first layer, {pluses}, {dense}", [flat, .. With(plus)]),
            new("EpsilonGammaBox", $"ZBox on the first convolution, Gamma ({Rule.Text(spec.Gamma)}){narrow} on the others, {dense}", [new("Convolution", box, LayerPosition.First), .. With(gamma)]),
            new("EpsilonAlpha2Beta1", $"{alphaBetas}, {dense}", With(alphaBeta)),
            new("EpsilonAlpha2Beta1Flat", $"Flat on the first layer, {alphaBetas}, {dense}", [flat, .. With(alphaBeta)]),
            new("ExcitationBackprop", $"ZPlus{narrow} on linear layers; activations by their gradient",
                [new("Sum", Of(RuleKind.Norm)), new("AveragePool", Of(RuleKind.Norm)), new(LayerRule.Linear, plus), new(All, new Rule(RuleKind.Gradient))]),
            new("DeepTaylor", $"{(spec.Low.Count > 0 ? "ZBox" : "WSquare")} on the first layer, ZPlus{narrow} on the others",
                [new(LayerRule.Linear, spec.Low.Count > 0 ? box : Of(RuleKind.WSquare), LayerPosition.First), new(LayerRule.Linear, plus), .. Shared(spec)]) { IsDeepTaylor = true },
            Modified("DeconvNet", "the gradient, at each Relu without its negative part, whatever the Relu's input", new(RuleKind.ReluDeconvNet)),
            Modified("GuidedBackprop", "the gradient, at each Relu without its negative part", new(RuleKind.ReluGuidedBackprop)),
            Modified("BetaSmooth", $"the gradient, each Relu's as that of a Softplus with β = {Rule.Text(spec.Smoothness)}", new(RuleKind.ReluBetaSmooth) { Smoothness = spec.Smoothness }),
            new("Custom", "the rules of the explainer's own", Moving),
        ];
    }

    /// <summary>What the composites of relevance do outside the linear layers.</summary>
    private static IReadOnlyList<LayerRule> Shared(ExplainerSpec spec) =>
    [
        new("Activation", new(RuleKind.Pass)),
        new("Sum", new(RuleKind.Norm, spec.Stabilizer)),
        new("AveragePool", new(RuleKind.Norm, spec.Stabilizer)),
        new("Affine", new(RuleKind.Norm, spec.Stabilizer)),
        new("Gate", new(RuleKind.SignalTakeAll)),
        new("BatchNormalization", new(RuleKind.Pass)),
        new("LocalResponse", new(RuleKind.Taylor, spec.Stabilizer)),
        .. Moving,
    ];

    /// <summary>What moves values moves their relevance.</summary>
    private static readonly IReadOnlyList<LayerRule> Moving = [new("MaxPool", new(RuleKind.Gradient)), new("Movement", new(RuleKind.Gradient))];

    private static Composite Modified(string name, string summary, Rule relu) => new(name, summary, [new("Relu", relu), .. Gradient.Rules]) { IsDerivative = true };
}

/// <summary>What is made of what reaches the inputs.</summary>
public enum Ending
{
    AsItIs,
    Magnitude,
    TimesInput,
}
