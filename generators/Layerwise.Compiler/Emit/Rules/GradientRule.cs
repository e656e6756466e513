using Layerwise.Compiler.Emit.Operators;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>Jᵀ: the derivative; for what only moves values or picks one, where the value came from.</summary>
public sealed class GradientRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule) => Backward(lowering, node, [flow], rule);

    public override void Backward(Lowering lowering, Node node, IReadOnlyList<Flow?> flows, Rule rule)
    {
        // Moving c along with the values that it is a factor of is moving R.
        var moves = RelevancePlan.Moves(node.Operator) && flows.Zip(node.Outputs, (flow, output) => flow is null || flow.Factor == output).All(own => own);
        var parts = flows.Zip(node.Outputs, (flow, output) => flow is null ? null : moves ? flow.Slot : lowering.Full(flow, output)).ToList();
        OperatorEmitter.Of(node).PullBack(lowering, node, parts, moves);
    }
}
