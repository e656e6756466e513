using Layerwise.Compiler.Emit.Operators;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>Jᵀ: the derivative; for what only moves values or picks one, where the value came from.</summary>
public sealed class GradientRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        var emitter = OperatorEmitter.Of(node);

        // Moving c along with the values that it is a factor of is moving R.
        if (flow.Factor == node.Output && node.Operator.Class is OperatorClass.MaxPool or OperatorClass.Movement)
        {
            emitter.PullBack(lowering, node, flow.Slot, asFactor: true);
            return;
        }

        var r = lowering.Full(flow, node.Output);
        if (node.Operator.WithRelu && lowering.ActivationsMask)
        {
            var masked = lowering.New("S", node.Output);
            lowering.Call("K.ReluBack", r, lowering.Value(node.Output), new Write(masked));
            r = masked;
        }

        emitter.PullBack(lowering, node, r, asFactor: false);
    }
}
