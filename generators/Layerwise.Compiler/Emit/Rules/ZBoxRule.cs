using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>For inputs between known bounds (Montavon et al. 2017): contributions xw − low·w⁺ − high·w⁻.</summary>
public sealed class ZBoxRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        var x = node.Inputs[0];
        var box = lowering.Constructor.Kernel(node, "Box", "Box", () => new(
            "new",
            lowering.Constructor.Kernel(node) + (rule.DropBias ? ".WithoutBias()" : ""),
            Lowering.Option("low", Numbers(rule.Low)),
            Lowering.Option("high", Numbers(rule.High))));
        var z = lowering.New("Z", node.Output);
        var result = lowering.NewRelevance(x, asFactor: false);
        lowering.Call($"{box}.Linear", lowering.Value(x), new Write(z));
        var s = Divide(lowering, node, flow, z, rule);
        lowering.Call($"{box}.Back", s, lowering.Value(x), new Write(result));
        lowering.Give(x, result, null);
    }

    private static string Numbers(IEnumerable<double> values) => $"[{string.Join(", ", values.Select(v => Literal.Of((float)v)))}]";
}
