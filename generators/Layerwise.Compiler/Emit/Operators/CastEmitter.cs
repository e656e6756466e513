using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>Numbers of another type; derivatives become of the input's.</summary>
public sealed class CastEmitter : KernelEmitter
{
    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
    {
        if (lowering.Takes(node.Inputs[0]))
        {
            PullBackTo(lowering, node, 0, asFactor, "K.Cast", [s], Lowering.Option("type", Literal.Type(lowering.Graph.Types[node.Inputs[0]])));
        }
    }
}
