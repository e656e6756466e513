using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>
/// The Relus of DeconvNet (Zeiler and Fergus 2014), GuidedBackprop (Springenberg et al. 2015) and BetaSmooth (Dombrowski et al. 2019).
/// </summary>
public sealed class ReluRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        var x = node.Inputs[0];
        var r = lowering.Full(flow, node.Output);
        var result = lowering.NewRelevance(x, asFactor: false);
        if (rule.Kind == RuleKind.ReluBetaSmooth)
        {
            lowering.Call("K.SoftplusBack", r, lowering.Value(x), new Write(result), Lowering.Option("beta", Literal.Of((float)rule.Smoothness)));
        }
        else
        {
            Call(lowering, node, r, rule, result);
        }

        lowering.Give(x, result, null);
    }

    /// <summary>What is left of a flow before the Relu that runs with a node.</summary>
    public static Flow BeforeRelu(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        // Where the Relu lets nothing through, h and so R = h ⊙ c is 0 already.
        if (rule.Kind == RuleKind.Pass || (rule.Kind == RuleKind.Gradient && flow.Vanishes))
        {
            return flow;
        }

        var r = lowering.Full(flow, node.Output);
        var s = lowering.New("S", node.Output);
        Call(lowering, node, r, rule, s);
        return new Flow(s, null, Vanishes: rule.Kind != RuleKind.ReluDeconvNet);
    }

    private static void Call(Lowering lowering, Node node, Slot r, Rule rule, Slot result)
    {
        if (rule.Kind == RuleKind.ReluDeconvNet)
        {
            lowering.Call("K.Positive", r, new Write(result));
        }
        else
        {
            lowering.Call(rule.Kind == RuleKind.ReluGuidedBackprop ? "K.ReluGuidedBack" : "K.ReluBack", r, lowering.Value(node.Output), new Write(result));
        }
    }
}
