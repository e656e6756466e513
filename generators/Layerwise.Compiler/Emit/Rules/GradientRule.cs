using Layerwise.Compiler.Emit.Operators;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>Jᵀ: the derivative; for what only moves values or picks one, where the value came from.</summary>
public sealed class GradientRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        // Moving c along with the values that it is a factor of is moving R.
        var moves = flow.Factor == node.Output && RelevancePlan.Moves(node.Operator);
        OperatorEmitter.Of(node).PullBack(lowering, node, moves ? flow.Slot : lowering.Full(flow, node.Output), moves);
    }
}
