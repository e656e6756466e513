using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class DenseEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
    {
        var kernel = lowering.Constructor.Kernel(node, "Dense", "", () =>
            new("new", [.. lowering.Constructor.Weights(node, 1, 2), .. InputNormArguments.Of(lowering, node)]));
        CallLinear(lowering, node, kernel, output, withRelu);
    }

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => PullBackTo(lowering, node, asFactor, $"{lowering.Constructor.Kernel(node)}.Back", [s]);
}
