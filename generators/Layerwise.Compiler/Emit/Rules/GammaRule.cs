using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>
/// Contributions of the output's own sign count 1+γ times (Montavon et al. 2019; for inputs of either sign Andéol et al. 2021):
/// where z &gt; 0, x⁺(w+γw⁺) + b+γb⁺ + x⁻(w+γw⁻); where z &lt; 0 with w⁺ and w⁻ the other way round; where z = 0 relevance is dropped.
/// Behind a Relu only the first is ever needed. Elsewhere, with p the positive contributions alone, they are z + γp and z + γ(z − p), and so is
/// the way back the layer's own and that of p: two passes each way.
/// </summary>
public sealed class GammaRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        var halves = new Halves(lowering, node);
        if (IsZeroBehindRelu(lowering, node, flow))
        {
            var ending = $"({Literal.Of((float)rule.Gamma)}){ZPlusRule.Ending(node, rule)}";
            var (first, second) = (new Part("GammaPlus", "AddPositive" + ending), new Part("GammaMinus", "AddNegative" + ending));
            var s = Divide(lowering, node, flow, halves.Linear(first, second), rule, halves.Kernel(first));
            halves.Give(halves.Back(first, second, s, halves.Result()));
            return;
        }

        var (plus, minus) = ZPlusRule.Parts(node, rule);
        var r = lowering.Full(flow, node.Output);
        var sign = PreActivation(lowering, node, flow, rule);
        var z = DropsBias(node, rule) ? Unbiased(lowering, node) : sign;
        var p = halves.Linear(plus, minus, "ZPlus");
        var (ofAll, ofPositive) = (lowering.New("S", node.Output), lowering.New("SPlus", node.Output));
        List<object> options = [Lowering.Option("gamma", Literal.Of((float)rule.Gamma)), Lowering.Epsilon(rule), .. z == sign ? Array.Empty<object>() : [new Named("sign", sign)]];
        lowering.Call("K.DivideGamma", [r, z, p, new Write(ofAll), new Write(ofPositive), .. options]);
        lowering.Keeps("Drops", r, sign);
        lowering.Keeps("DividesGamma", [
            ofAll, ofPositive, z, p, .. options, .. z == sign ? new[] { Lowering.Option("bias", lowering.Constructor.Kernel(node)) } : [], Lowering.Option("biasOfPositive", halves.Kernel(plus))]);

        var c = lowering.NewShare("COwn", node.Inputs[0]);
        lowering.Call($"{lowering.Constructor.Kernel(node)}.Back", [ofAll, new Write(c), .. lowering.Like(node.Inputs[0])]);
        lowering.Give(node.Inputs[0], c, node.Inputs[0]);
        halves.Give(halves.Back(plus, minus, ofPositive, halves.Share("Plus")));
    }
}
