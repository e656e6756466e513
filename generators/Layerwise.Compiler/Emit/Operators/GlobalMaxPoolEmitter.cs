using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class GlobalMaxPoolEmitter : KernelEmitter
{
    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => PullBackTo(lowering, node, 0, asFactor, "K.GlobalMaxPoolBack", [s, lowering.Input(node)]);
}
