using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;
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
        var (plus, minus) = Parts(node, rule);
        var halves = new Halves(lowering, node);
        var s = Divide(lowering, node, flow, halves.Linear(plus, minus), rule, halves.Kernel(plus));
        halves.Give(halves.Back(plus, minus, s, halves.Result()));
    }

    /// <summary>The layer with its positive and with its negative weights.</summary>
    internal static (Part Plus, Part Minus) Parts(Node node, Rule rule)
    {
        var ending = Ending(node, rule);
        return (new("Plus", "Positive()" + ending), new("Minus", "Negative()" + ending));
    }

    /// <summary>What else the rule asks of a layer that is made of the node's.</summary>
    internal static string Ending(Node node, Rule rule) => (rule.DropBias ? ".WithoutBias()" : "") + (IsNarrow(node, rule) ? ".InBFloat16()" : "");

    /// <summary>Whether they are asked to compute in bfloat16: convolutions over two axes, of one group.</summary>
    internal static bool IsNarrow(Node node, Rule rule) => rule.BFloat16 && node.Operator is Conv { Groups: 1, Window.Kernel.Count: 2 };
}
