using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>
/// Positive contributions alone: the denominator is x⁺w⁺ + b⁺ + x⁻w⁻ (Montavon et al. 2017).
/// An input that is never negative needs one convolution and one backward; of either sign, two of each.
/// </summary>
public sealed class ZPlusRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        var (plus, minus) = Parts(rule);
        var halves = new Halves(lowering, node);
        var s = Divide(lowering, node, flow, halves.Linear(plus, minus), rule, halves.Kernel(plus));
        halves.Give(halves.Back(plus, minus, s, halves.Result()));
    }

    /// <summary>The layer with its positive and with its negative weights.</summary>
    internal static (Part Plus, Part Minus) Parts(Rule rule)
    {
        var bias = rule.DropBias ? ".WithoutBias()" : "";
        return (new("Plus", "Positive()" + bias), new("Minus", "Negative()" + bias));
    }
}
