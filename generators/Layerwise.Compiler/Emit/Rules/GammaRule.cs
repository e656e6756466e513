using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>
/// Contributions of the output's own sign count 1+γ times (Montavon et al. 2019; for inputs of either sign Andéol et al. 2021):
/// where z &gt; 0, x⁺(w+γw⁺) + b+γb⁺ + x⁻(w+γw⁻); where z &lt; 0 with w⁺ and w⁻ the other way round; where z = 0 relevance is dropped.
/// Behind a Relu only the first is ever needed.
/// </summary>
public sealed class GammaRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        var ending = $"({Literal.Of((float)rule.Gamma)}){(rule.DropBias ? ".WithoutBias()" : "")}";
        var (plus, minus) = (new Part("GammaPlus", "AddPositive" + ending), new Part("GammaMinus", "AddNegative" + ending));
        var halves = new Halves(lowering, node);
        if (IsZeroBehindRelu(lowering, node, flow))
        {
            var s = Divide(lowering, node, flow, halves.Linear(plus, minus), rule, halves.Kernel(plus));
            halves.Give(halves.Back(plus, minus, s, halves.Result()));
            return;
        }

        var r = lowering.Full(flow, node.Output);
        var z = PreActivation(lowering, node, flow, rule);
        lowering.Keeps("Drops", r, z);
        var positive = Share("Positive", plus, minus);
        var negative = Share("Negative", minus, plus);
        var result = halves.Result();
        lowering.Call("K.Sum", new List<Slot> { positive, negative }, new Write(result));
        halves.Give(result);

        Slot Share(string sign, Part first, Part second)
        {
            var denominator = halves.Linear(first, second, "Z" + sign);
            var s = lowering.New("S" + sign, node.Output);
            lowering.Call($"K.DivideWhere{sign}", r, z, denominator, new Write(s), Lowering.Epsilon(rule));
            lowering.Divides(s, denominator, rule, halves.Kernel(first));
            return halves.Back(first, second, s, halves.Share(sign));
        }
    }
}
