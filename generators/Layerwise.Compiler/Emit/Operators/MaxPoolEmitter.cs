using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class MaxPoolEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
    {
        var window = ((MaxPool)node.Operator).Window;
        var kernel = lowering.Constructor.Kernel(node, "MaxPool", "", () => new("new", [Literal.Of(window.Kernel), .. WindowArguments.Of(window)]));
        lowering.Call($"{kernel}.Forward", lowering.Input(node), new Write(output), new Write(Argmax(lowering, node)));
        if (lowering.Output(node, 1) is { } indices)
        {
            lowering.Call($"{kernel}.Indices", [lowering.Input(node), Argmax(lowering, node), new Write(indices), .. ((MaxPool)node.Operator).ByColumns ? [Lowering.Option("byColumns", "true")] : Array.Empty<object>()]);
        }
    }

    /// <summary>
    /// To where the maximum stood. A factor is multiplied out here, where there are fewer values: a maximum is its input, and the input itself
    /// need not be kept.
    /// </summary>
    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
    {
        var input = node.Inputs[0];
        if (lowering.Takes(input))
        {
            var relevance = asFactor ? lowering.Full(new Flow(s, node.Output, Vanishes: true), node.Output) : s;
            var result = lowering.NewRelevance(input, asFactor: false);
            lowering.Call($"{lowering.Constructor.Kernel(node)}.Back", [relevance, Argmax(lowering, node), new Write(result), .. lowering.Like(input)]);
            lowering.Give(input, result, null, vanishes: asFactor);
        }
    }

    // Where each maximum stands.
    private static Slot Argmax(Lowering lowering, Node node) => lowering.Side("Argmax", node.Output);
}
