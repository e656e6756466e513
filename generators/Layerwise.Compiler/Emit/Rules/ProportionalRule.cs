using Layerwise.Compiler.Emit.Operators;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>The relevance of a maximum in proportion to all that its window holds: the Norm rule of the mean in its place.</summary>
public sealed class ProportionalRule : RuleEmitter
{
    public override void Backward(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        var x = node.Inputs[0];
        var (forward, back) = Mean(lowering, node);
        var mean = lowering.New("Mean", node.Output);
        lowering.Call(forward, lowering.Value(x), new Write(mean));
        var s = Divide(lowering, node, flow, mean, rule);
        var c = lowering.NewRelevance(x, asFactor: true);
        lowering.Call(back, [s, new Write(c), .. lowering.Like(x)]);
        lowering.Give(x, c, x);
    }

    private static (string Forward, string Back) Mean(Lowering lowering, Node node)
    {
        if (node.Operator is not MaxPool pool)
        {
            return ("K.GlobalAveragePool", "K.GlobalAveragePoolBack");
        }

        var kernel = lowering.Constructor.Kernel(node, "AveragePool", "Mean", () => new("new", [Literal.Of(pool.Window.Kernel), .. WindowArguments.Of(pool.Window)]));
        return ($"{kernel}.Forward", $"{kernel}.Back");
    }
}
