using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>Every input of a window gets the same share (Lapuschkin et al. 2019): inputs and weights of 1, no bias.</summary>
public sealed class FlatRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        var full = lowering.Full(flow, node.Output);
        var result = lowering.NewRelevance(node.Inputs[0], asFactor: false);
        lowering.Call($"{lowering.Constructor.Kernel(node)}.BackFlat", [full, new Write(result), Lowering.Epsilon(rule), .. lowering.Like(node.Inputs[0])]);
        lowering.Keeps("SharesFlat", full, lowering.Input(node), lowering.Constructor.Kernel(node), Lowering.Epsilon(rule));
        lowering.Give(node.Inputs[0], result, null);
    }
}
