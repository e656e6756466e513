using Layerwise.Compiler.Emit.Operators;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>Epsilon on linear layers, Norm on sums and averages: x ⊙ Jᵀ(R / stab(z)), with z the layer's own output.</summary>
public sealed class NormRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
        => OperatorEmitter.Of(node).PullBack(lowering, node, Quotient(lowering, node, flow, rule), asFactor: true);

    private static Slot Quotient(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        if (DropsBias(node, rule))
        {
            return Divide(lowering, node, flow, Unbiased(lowering, node), rule);
        }

        var z = PreActivation(lowering, node, flow, rule);
        var bias = node.Operator.Class is OperatorClass.Convolution or OperatorClass.Dense ? lowering.Constructor.Kernel(node) : null;
        var s = flow.Factor == node.Output && z == lowering.Value(node.Output) && lowering.Graph.NonNegative.Contains(node.Output)
            ? DivideEpsilon(lowering, node, flow, rule, bias)
            : Divide(lowering, node, flow, z, rule, bias);
        foreach (var (value, factor) in Leak.Addends(node, lowering.Graph))
        {
            lowering.Adds(s, value, factor);
        }

        return s;
    }

    // Where h is not 0 it is z, and where it is 0, R = h ⊙ c is 0 too.
    private static Slot DivideEpsilon(Lowering lowering, Node node, Flow flow, Rule rule, string? bias)
    {
        var (h, s) = (lowering.Value(node.Output), lowering.New("S", node.Output));
        lowering.Call("K.DivideEpsilon", flow.Slot, h, new Write(s), Lowering.Epsilon(rule));
        lowering.Divides(s, h, rule, bias);
        if (RecoveredTerm.Of(lowering, node) is var (term, other))
        {
            var (kept, freed) = (lowering.Value(other), lowering.Value(term));
            lowering.Call(new Call("K.Recover", [h, kept, new Write(freed)]) { Comment = $"{freed.Name} = {h.Name} − {kept.Name}, freed on the way forward" });
        }

        return s;
    }
}
