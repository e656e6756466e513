using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>
/// Positive contributions alone: the denominator is x⁺w⁺ + b⁺ + x⁻w⁻ (Montavon et al. 2017).
/// An input that is never negative needs one convolution and one backward; of either sign, two of each.
/// </summary>
public sealed class ZPlusRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        var type = node.Operator is Conv ? "Conv" : "Dense";
        var x = node.Inputs[0];
        var z = lowering.New("Z", node.Output);
        var plus = lowering.Kernel(node, type, "Plus", () => new($"{lowering.Kernel(node)}.Positive", rule.DropBias ? ["bias: false"] : []));
        if (lowering.Graph.NonNegative.Contains(x))
        {
            lowering.Call($"{plus}.Linear", lowering.Value(x), new Write(z));
            var s = Divide(lowering, node, flow, z, rule);
            var c = lowering.NewRelevance(x, asFactor: true);
            lowering.Call($"{plus}.Back", [s, new Write(c), .. lowering.Like(x)]);
            lowering.Give(x, c, x);
        }
        else
        {
            var minus = lowering.Kernel(node, type, "Minus", () => new($"{lowering.Kernel(node)}.Negative"));
            var positive = lowering.New("XPlus", x);
            var negative = lowering.New("XMinus", x);
            var half = lowering.New("ZMinus", node.Output);
            var both = lowering.New("ZBoth", node.Output);
            lowering.Call("K.Positive", lowering.Value(x), new Write(positive));
            lowering.Call("K.Negative", lowering.Value(x), new Write(negative));
            lowering.Call($"{plus}.Linear", positive, new Write(z));
            lowering.Call($"{minus}.Linear", negative, new Write(half));
            lowering.Call("K.Sum", new List<Slot> { z, half }, new Write(both));
            var s = Divide(lowering, node, flow, both, rule);
            var fromPositive = lowering.New("CPlus", x);
            var fromNegative = lowering.New("CMinus", x);
            lowering.Call($"{plus}.Back", [s, new Write(fromPositive), .. lowering.Like(x)]);
            lowering.Call($"{minus}.Back", [s, new Write(fromNegative), .. lowering.Like(x)]);
            var r = lowering.NewRelevance(x, asFactor: false);
            lowering.Call("K.MultiplySum", fromPositive, positive, fromNegative, negative, new Write(r));
            lowering.Give(x, r, null);
        }
    }
}
