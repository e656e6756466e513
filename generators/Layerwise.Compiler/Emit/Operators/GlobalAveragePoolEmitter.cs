using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class GlobalAveragePoolEmitter : KernelEmitter
{
    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => PullBackTo(lowering, node, asFactor, "K.GlobalAveragePoolBack", [s], lowering.Like(node.Inputs[0]));
}
