using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class BatchNormalizationEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
    {
        var norm = ((BatchNormalization)node.Operator).Tensors(node, lowering.Graph.Constants);
        var kernel = lowering.Constructor.Kernel(node, "BatchNorm", "", () => new("new", lowering.Constructor.OwnNorm(norm)));
        lowering.Call($"{kernel}.{(withRelu ? "Relu" : "Linear")}", lowering.Input(node), new Write(output));
    }

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => PullBackTo(lowering, node, asFactor, $"{lowering.Constructor.Kernel(node)}.Back", [s]);
}
