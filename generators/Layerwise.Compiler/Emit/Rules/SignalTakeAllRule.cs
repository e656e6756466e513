using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>A gate decides how much of a signal passes, not what it is: all relevance goes to the signal (Arras et al. 2017).</summary>
public sealed class SignalTakeAllRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
        => lowering.Give(node.Inputs[1 - ((Elementwise)node.Operator).GateInput!.Value], flow.Slot, flow.Factor);
}
