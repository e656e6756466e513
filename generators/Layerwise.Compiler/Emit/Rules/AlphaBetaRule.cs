using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>
/// α times the share by positive contributions less β times that by negative ones, each with a denominator of its own
/// (Bach et al. 2015, eq. 60): x⁺w⁺ + b⁺ + x⁻w⁻ and x⁺w⁻ + b⁻ + x⁻w⁺. As both make up the layer's own output, the second is what the first
/// leaves of it: where that is asked for, and the output is at hand, it needs no pass of its own; in bfloat16 the difference would be noise, and two passes
/// cost what one in float32 does.
/// </summary>
public sealed class AlphaBetaRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        var (plus, minus) = ZPlusRule.Parts(node, rule);
        var halves = new Halves(lowering, node);
        if (rule.NegativeByDifference && !ZPlusRule.IsNarrow(node, rule) && !DropsBias(node, rule) && IsPreActivation(lowering, node, flow, rule))
        {
            var (positive, negative) = DivideByDifference(lowering, node, flow, rule, halves, plus, minus);
            halves.Give(halves.Back(plus, minus, positive, halves.Share("Plus")));
            halves.Give(halves.Back(minus, plus, negative, halves.Share("Minus")));
            return;
        }

        halves.Give(halves.Back(plus, minus, Divide(lowering, node, flow, halves.Linear(plus, minus, "ZPlus"), rule, halves.Kernel(plus), rule.Alpha, "SPlus"), halves.Share("Plus")));
        halves.Give(halves.Back(minus, plus, Divide(lowering, node, flow, halves.Linear(minus, plus, "ZMinus"), rule, halves.Kernel(minus), -rule.Beta, "SMinus"), halves.Share("Minus")));
    }

    private static (Slot Positive, Slot Negative) DivideByDifference(Lowering lowering, Node node, Flow flow, Rule rule, Halves halves, Part plus, Part minus)
    {
        var (p, z) = (halves.Linear(plus, minus, "ZPlus"), lowering.Value(node.Output));
        var (positive, negative) = (lowering.New("SPlus", node.Output), lowering.New("SMinus", node.Output));
        List<object> factor = flow.Factor is { } value ? [new Named("factor", lowering.Value(value))] : [];
        lowering.Call("K.DivideAlphaBeta", [
            flow.Slot, z, p, new Write(positive), new Write(negative), Lowering.Option("alpha", Literal.Of((float)rule.Alpha)), Lowering.Option("beta", Literal.Of((float)rule.Beta)),
            Lowering.Epsilon(rule), .. factor]);
        lowering.Divides(positive, p, rule, halves.Kernel(plus));
        lowering.Keeps("DividesByDifference", negative, z, p, halves.Callee(minus, plus) + ".Linear", lowering.Input(node), Lowering.Epsilon(rule), Lowering.Option("bias", halves.Kernel(minus)));
        return (positive, negative);
    }
}
