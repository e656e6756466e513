using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>
/// Local response normalization by its first-order Taylor expansion (Binder et al. 2016): a channel adds what it would give alone, its
/// neighbours what they take from it.
/// </summary>
public sealed class TaylorRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        var x = node.Inputs[0];
        var options = ((LRN)node.Operator).Options.Select(o => (object)Lowering.Option(o.Name, Literal.OfAny(o.Value))).ToList();
        var z = lowering.New("Z", node.Output);
        lowering.Call("K.LRNTaylor", [lowering.Value(x), new Write(z), .. options]);
        var s = Divide(lowering, node, flow, z, rule);
        var r = lowering.NewRelevance(x, asFactor: false);
        lowering.Call("K.LRNTaylorBack", [s, lowering.Value(x), new Write(r), .. options]);
        lowering.Give(x, r, null);
    }
}
