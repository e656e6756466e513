using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>
/// Captum's Gamma and Alpha1Beta0: the Epsilon rule with w+γw⁺ or w⁺ in place of the weights. Inputs are not halved, and the bias
/// stays as it is.
/// </summary>
public sealed class CaptumRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        var x = node.Inputs[0];
        var bias = rule.DropBias ? ".WithoutBias()" : $".WithBiasOf({lowering.Constructor.Kernel(node)})";
        var kernel = Derived(lowering, node, rule.Kind == RuleKind.CaptumGamma
            ? new("GammaPlus", $"AddPositive({Literal.Of((float)rule.Gamma)}){bias}")
            : new("Plus", "Positive()" + bias));
        var z = lowering.New("Z", node.Output);
        lowering.Call($"{kernel}.Linear", lowering.Value(x), new Write(z));
        var s = Divide(lowering, node, flow, z, rule, kernel);
        var c = lowering.NewRelevance(x, asFactor: true);
        lowering.Call($"{kernel}.Back", [s, new Write(c), .. lowering.Like(x)]);
        lowering.Give(x, c, x);
    }
}
