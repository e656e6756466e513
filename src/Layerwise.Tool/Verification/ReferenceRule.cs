using Layerwise.Compiler.Relevance;
using Layerwise.Oracle.Rules;

namespace Layerwise.Tool.Verification;

/// <summary>A rule of the compiler in the oracle's words, with the numbers that the emitted code has: float32.</summary>
internal static class ReferenceRule
{
    public static OracleRule Of(Compiler.Relevance.Rule rule)
    {
        bool Has(Stabilizer form) => rule.Stabilizer.HasFlag(form);
        return new OracleRule(Name(rule.Kind), new OracleStabilizer((float)rule.Epsilon, Has(Stabilizer.Clip), Has(Stabilizer.NormScale), Has(Stabilizer.Unsigned)), rule.DropBias)
        {
            Gamma = (float)rule.Gamma,
            Alpha = (float)rule.Alpha,
            Beta = (float)rule.Beta,
            Low = [.. rule.Low.Select(v => (double)(float)v)],
            High = [.. rule.High.Select(v => (double)(float)v)],
            Smoothness = (float)rule.Smoothness,
        };
    }

    private static RuleName Name(RuleKind kind) => kind switch
    {
        RuleKind.ReluDeconvNet => RuleName.DeconvNet,
        RuleKind.ReluGuidedBackprop => RuleName.GuidedBackprop,
        RuleKind.ReluBetaSmooth => RuleName.BetaSmooth,
        _ => Enum.Parse<RuleName>(kind.ToString()),
    };
}
