using Layerwise.Compiler.Emit.Operators;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>Writes what a rule does with the relevance of a node's output.</summary>
public abstract class RuleEmitter
{
    // One line a rule.
    private static readonly Dictionary<RuleKind, RuleEmitter> Table = new()
    {
        [RuleKind.Epsilon] = new ProportionalRule(),
        [RuleKind.Flat] = new FlatRule(),
        [RuleKind.Gradient] = new GradientRule(),
        [RuleKind.Norm] = new ProportionalRule(),
        [RuleKind.Pass] = new PassRule(),
        [RuleKind.ZPlus] = new ZPlusRule(),
    };

    public static RuleEmitter Of(RuleKind kind) => Table[kind];

    public abstract void Backward(Lowering lowering, Node node, Flow flow, Rule rule);

    /// <summary>s = R / stab(z), with the multiplication by the factor fused in.</summary>
    protected static Slot Divide(Lowering lowering, Node node, Flow flow, Slot z, Rule rule)
    {
        var s = lowering.New("S", node.Output);
        if (flow.Factor is null)
        {
            lowering.Call("K.Divide", flow.Slot, z, new Write(s), Lowering.Epsilon(rule));
        }
        else
        {
            lowering.Call("K.MultiplyDivide", flow.Slot, lowering.Value(flow.Factor), z, new Write(s), Lowering.Epsilon(rule));
        }

        return s;
    }
}
