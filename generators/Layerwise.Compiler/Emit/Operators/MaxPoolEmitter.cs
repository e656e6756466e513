using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class MaxPoolEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
    {
        var window = ((MaxPool)node.Operator).Window;
        var kernel = lowering.Kernel(node, "MaxPool", "", () => new("new", [Literal.Of(window.Kernel), .. WindowArguments.Of(window)]));
        lowering.Call($"{kernel}.Forward", lowering.Input(node), new Write(output), new Write(At(lowering, node)));
        if (lowering.Output(node, 1) is { } indices)
        {
            lowering.Call($"{kernel}.Indices", [lowering.Input(node), At(lowering, node), new Write(indices), .. ((MaxPool)node.Operator).ByColumns ? [Lowering.Option("byColumns", "true")] : Array.Empty<object>()]);
        }
    }

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => PullBackTo(lowering, node, asFactor, $"{lowering.Kernel(node)}.Back", [s, At(lowering, node)], lowering.Like(node.Inputs[0]));

    // Where each maximum stands.
    private static Slot At(Lowering lowering, Node node) => lowering.Side("At", node.Output);
}
