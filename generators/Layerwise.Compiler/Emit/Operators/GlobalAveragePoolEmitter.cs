using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class GlobalAveragePoolEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
        => lowering.Call("K.GlobalAverage", lowering.Input(node), new Write(output));

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => PullBackTo(lowering, node, asFactor, "K.GlobalAverageBack", [s], lowering.Like(node.Inputs[0]));
}
