using Layerwise.Compiler.Inputs;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler;

/// <summary>What the user asked for: one explainer of one model.</summary>
public sealed record ExplainerSpec
{
    private readonly string _method = "lrp";

    /// <summary>The methods, as records and messages write them.</summary>
    public static IReadOnlyList<string> Methods { get; } = ["lrp", "gradient", "saliency", "gradientTimesInput", "predict"];

    /// <summary>Namespace of the user's class as C# writes it; empty for the global one.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Name of the user's class as C# writes it: <c>@event</c>.</summary>
    public required string ClassName { get; init; }

    /// <summary>Whether the user's class is <c>public</c>; otherwise <c>internal</c>.</summary>
    public bool IsPublic { get; init; } = true;

    /// <summary>One of <see cref="Methods"/>; taken in any case, and kept as it is written there.</summary>
    public string Method
    {
        get => _method;
        init => _method = Methods.FirstOrDefault(m => string.Equals(m, value, StringComparison.OrdinalIgnoreCase)) ?? value;
    }

    /// <summary>A composite by name, in any case; <c>null</c> for EpsilonPlusFlat, or EpsilonPlus where every input has one axis beside the batch.</summary>
    public string? Composite { get; init; }

    /// <summary>The dense layers' ε.</summary>
    public double Epsilon { get; init; } = Rule.DefaultStabilizer;

    /// <summary>ε of the composite's other rules.</summary>
    public double Stabilizer { get; init; } = Rule.DefaultStabilizer;

    /// <summary>γ of EpsilonGammaBox.</summary>
    public double Gamma { get; init; } = 0.25;

    /// <summary>The smallest input values, for EpsilonGammaBox: one number, one a channel, or one for each element of a sample.</summary>
    public EquatableList<double> Low { get; init; } = EquatableList<double>.Empty;

    /// <summary>The largest input values, as <see cref="Low"/>.</summary>
    public EquatableList<double> High { get; init; } = EquatableList<double>.Empty;

    /// <summary>β of BetaSmooth.</summary>
    public double Smoothness { get; init; } = 10;

    /// <summary>The output to explain, where the model has several.</summary>
    public string? Output { get; init; }

    /// <summary>Whether a BatchNormalization is merged into the linear layer before it.</summary>
    public bool MergeBatchNorm { get; init; } = true;

    /// <summary>Whether a final Softmax or Sigmoid is left out of the explanation, which then starts at the logits before it.</summary>
    public bool StripHead { get; init; } = true;

    /// <summary>Whether what the composite has no rule for passes the gradient; otherwise it is refused.</summary>
    public bool GradientOtherwise { get; init; }

    /// <summary>Whether the linear layers' denominators leave the bias out.</summary>
    public bool DropBias { get; init; }

    /// <summary>Whether AlphaBeta takes negative denominators for what positive ones leave of the layer's own output: faster, and less exact.</summary>
    public bool NegativeByDifference { get; init; }

    /// <summary>Whether ZPlus, AlphaBeta and Gamma compute their denominators, and the way back, in bfloat16 where the kernels have it: faster, and less exact.</summary>
    public bool BFloat16 { get; init; }

    /// <summary>Whose kernels it runs on: <c>"auto"</c>, <c>"torch"</c> or <c>"managed"</c>, in any case.</summary>
    public string Backend { get; init; } = "auto";

    /// <summary>The user's own rules, which come before the composite's.</summary>
    public EquatableList<LayerRule> Rules { get; init; } = EquatableList<LayerRule>.Empty;

    /// <summary>What the input is, where the user declared it.</summary>
    public InputSpec? Input { get; init; }
}
