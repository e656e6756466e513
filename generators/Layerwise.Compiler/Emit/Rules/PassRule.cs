using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>Relevance passes as it is: nothing to compute.</summary>
public sealed class PassRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule) => lowering.Give(node.Inputs[0], flow.Slot, flow.Factor);
}
