namespace Layerwise;

/// <summary>Which of the layers that a <see cref="LayerRuleAttribute"/> names it is for.</summary>
public enum LayerPosition
{
    /// <summary>All of them.</summary>
    Every,

    /// <summary>The one that runs first.</summary>
    First,

    /// <summary>The one that runs last.</summary>
    Last,
}

/// <summary>
/// A rule for some layers of an <see cref="ExplainerAttribute"/>'s model, before its composite's. Of several that name a layer the first
/// one counts.
/// </summary>
/// <param name="layers">
/// A type of layer (<c>Convolution</c>, <c>Dense</c>, <c>Linear</c> for both, <c>Activation</c>, <c>Sum</c>, <c>AveragePool</c>,
/// <c>MaxPool</c>, <c>BatchNormalization</c>, …), an ONNX operator (<c>"Add"</c>), or a name of nodes with <c>*</c> and <c>?</c>
/// (<c>"/fc*"</c>).
/// </param>
/// <param name="rule">The rule.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class LayerRuleAttribute(string layers, Rule rule) : Attribute
{
    /// <summary>Which layers.</summary>
    public string Layers { get; } = layers;

    /// <summary>The rule.</summary>
    public Rule Rule { get; } = rule;

    /// <summary>Which of them; every one unless given.</summary>
    public LayerPosition Position { get; set; }

    /// <summary>The stabilizer ε of the rule's denominators; 0 or more, 1e-6 unless given.</summary>
    public double Epsilon { get; set; } = 1e-6;

    /// <summary>Whether denominators are kept at least ε from 0, rather than ε added to them.</summary>
    public bool Clip { get; set; }

    /// <summary>Whether ε is a multiple of the root of the mean square of a sample's denominators.</summary>
    public bool NormScale { get; set; }

    /// <summary>Whether ε is added whatever the denominator's sign.</summary>
    public bool Unsigned { get; set; }

    /// <summary>Whether denominators leave the bias out.</summary>
    public bool ZeroBias { get; set; }

    /// <summary>γ of <see cref="Rule.Gamma"/> and <see cref="Rule.CaptumGamma"/>; 0 or more, 0.25 unless given.</summary>
    public double Gamma { get; set; } = 0.25;

    /// <summary>α of <see cref="Rule.AlphaBeta"/>; 2 unless given.</summary>
    public double Alpha { get; set; } = 2;

    /// <summary>β of <see cref="Rule.AlphaBeta"/>: α − 1; 1 unless given.</summary>
    public double Beta { get; set; } = 1;

    /// <summary>Whether <see cref="Rule.AlphaBeta"/> takes its negative denominators for z − z⁺: <see cref="ExplainerAttribute.NegativeByDifference"/>.</summary>
    public bool NegativeByDifference { get; set; }

    /// <summary>Whether <see cref="Rule.ZPlus"/>, <see cref="Rule.AlphaBeta"/> and <see cref="Rule.Gamma"/> compute in bfloat16: <see cref="ExplainerAttribute.BFloat16"/>.</summary>
    public bool BFloat16 { get; set; }

    /// <summary>The smallest inputs for <see cref="Rule.ZBox"/>: one number, one a channel, or one for each element of a sample.</summary>
    public double[]? Low { get; set; }

    /// <summary>The largest inputs, as <see cref="Low"/>.</summary>
    public double[]? High { get; set; }

    /// <summary>β of <see cref="Rule.ReluBetaSmooth"/>; above 0, 10 unless given.</summary>
    public double Smoothness { get; set; } = 10;
}
