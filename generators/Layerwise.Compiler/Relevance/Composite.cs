using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Relevance;

/// <summary>Which rule each type of layer gets.</summary>
/// <param name="Name">The preset's name.</param>
/// <param name="Summary">One line for the head of the emitted file.</param>
/// <param name="Rules">By layer type; a type without an entry has no rule.</param>
/// <param name="FirstLinear">The rule of the first linear layer, where it has its own.</param>
public sealed record Composite(string Name, string Summary, IReadOnlyDictionary<OperatorClass, Rule> Rules, Rule? FirstLinear = null)
{
    /// <summary>The presets (the names and rules are zennit's).</summary>
    /// <param name="epsilon">The dense layers' stabilizer.</param>
    /// <param name="dropBias">Whether the linear layers' denominators leave the bias out.</param>
    public static IReadOnlyList<Composite> Presets(double epsilon, bool dropBias = false)
    {
        var plus = new Rule(RuleKind.ZPlus, DropBias: dropBias);
        var dense = new Rule(RuleKind.Epsilon, epsilon, dropBias);
        var ε = epsilon.ToString("R", System.Globalization.CultureInfo.InvariantCulture).Replace("E-0", "e-");
        return
        [
            new("EpsilonPlus", $"ZPlus on convolutions, Epsilon ({ε}) on dense layers", With(plus, dense)),
            new("EpsilonPlusFlat", $"Flat on the first layer, ZPlus on convolutions, Epsilon ({ε}) on dense layers", With(plus, dense), new Rule(RuleKind.Flat)),
        ];
    }

    /// <summary>The plain gradient of the target, which is a rule for every layer.</summary>
    public static Composite Gradient { get; } = new(
        "Gradient",
        "the plain gradient of the target",
        Enum.GetValues(typeof(OperatorClass)).Cast<OperatorClass>().ToDictionary(c => c, _ => new Rule(RuleKind.Gradient)));

    /// <summary>No rules: the network only predicts, and has no way back.</summary>
    public static Composite Predict { get; } = new("Predict", "the forward pass alone", new Dictionary<OperatorClass, Rule>());

    private static Dictionary<OperatorClass, Rule> With(Rule convolution, Rule dense) => new()
    {
        [OperatorClass.Convolution] = convolution,
        [OperatorClass.Dense] = dense,
        [OperatorClass.Activation] = new(RuleKind.Pass),
        [OperatorClass.BatchNormalization] = new(RuleKind.Pass),
        [OperatorClass.Sum] = new(RuleKind.Norm),
        [OperatorClass.AveragePool] = new(RuleKind.Norm),
        [OperatorClass.MaxPool] = new(RuleKind.Gradient),
        [OperatorClass.Movement] = new(RuleKind.Gradient),
    };
}
