using Layerwise.Compiler.Emit.Operators;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>Epsilon on linear layers, Norm on sums and averages: x ⊙ Jᵀ(R / stab(z)), with z the layer's own output.</summary>
public sealed class ProportionalRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
        => OperatorEmitter.Of(node).PullBack(lowering, node, Quotient(lowering, node, flow, rule), asFactor: true);

    private static Slot Quotient(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        if (rule.DropBias && node.Operator is Conv or Dense && node.Inputs.Count > 2)
        {
            var kernel = lowering.Kernel(node, node.Operator is Conv ? "Conv" : "Dense", "Unbiased", () => new($"{lowering.Kernel(node)}.WithoutBias"));
            var unbiased = lowering.New("Z", node.Output);
            lowering.Call($"{kernel}.Linear", lowering.Input(node), new Write(unbiased));
            return Divide(lowering, node, flow, unbiased, rule);
        }

        if (!node.Operator.WithRelu)
        {
            return Divide(lowering, node, flow, lowering.Value(node.Output), rule);
        }

        // Behind a Relu z is h where h is not 0, and where it is, R = h ⊙ c is 0 too.
        if (flow.Factor == node.Output)
        {
            var s = lowering.New("S", node.Output);
            lowering.Call("K.DivideEpsilon", flow.Slot, lowering.Value(node.Output), new Write(s), Lowering.Epsilon(rule));
            return s;
        }

        // Relevance that is not a multiple of h needs z itself, which the Relu has overwritten.
        var z = lowering.New("Z", node.Output);
        OperatorEmitter.Of(node).Forward(lowering, node, z, withRelu: false);
        return Divide(lowering, node, flow, z, rule);
    }
}
