using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>In proportion to the squared weights, whatever the input (Montavon et al. 2017).</summary>
public sealed class WSquareRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        var full = lowering.Full(flow, node.Output);
        var squared = Derived(lowering, node, new("Squared", "Squared()" + (rule.DropBias ? ".WithoutBias()" : "")));
        var result = lowering.NewRelevance(node.Inputs[0], asFactor: false);
        lowering.Call($"{squared}.BackOfOnes", [full, new Write(result), Lowering.Epsilon(rule), .. lowering.Like(node.Inputs[0])]);
        lowering.Keeps("SharesOfOnes", full, lowering.Input(node), squared, Lowering.Epsilon(rule));
        lowering.Give(node.Inputs[0], result, null);
    }
}
