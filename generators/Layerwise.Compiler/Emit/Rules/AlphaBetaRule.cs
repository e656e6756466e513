using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>
/// α times the share by positive contributions less β times that by negative ones, each with a denominator of its own
/// (Bach et al. 2015, eq. 60): x⁺w⁺ + b⁺ + x⁻w⁻ and x⁺w⁻ + b⁻ + x⁻w⁺.
/// </summary>
public sealed class AlphaBetaRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        var (plus, minus) = ZPlusRule.Parts(rule);
        var halves = new Halves(lowering, node);
        halves.Give(halves.Back(plus, minus, Divide(lowering, node, flow, halves.Linear(plus, minus, "ZPlus"), rule, halves.Kernel(plus), rule.Alpha), halves.Share("Plus")));
        halves.Give(halves.Back(minus, plus, Divide(lowering, node, flow, halves.Linear(minus, plus, "ZMinus"), rule, halves.Kernel(minus), -rule.Beta), halves.Share("Minus")));
    }
}
