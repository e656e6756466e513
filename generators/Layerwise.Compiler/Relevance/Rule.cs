namespace Layerwise.Compiler.Relevance;

/// <summary>What a rule does; the runtime's <c>Layerwise.Rule</c> explains each to the user.</summary>
public enum RuleKind
{
    Epsilon,
    ZPlus,
    Flat,
    Norm,
    Pass,
    Gradient,
}

/// <summary>A rule with its parameters.</summary>
/// <param name="Kind">The rule.</param>
/// <param name="Epsilon">The stabilizer ε of its denominators.</param>
/// <param name="DropBias">Whether denominators leave the bias out.</param>
public sealed record Rule(RuleKind Kind, double Epsilon = Rule.DefaultStabilizer, bool DropBias = false)
{
    public const double DefaultStabilizer = 1e-6;
}
