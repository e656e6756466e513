using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>Reshape, Flatten and Unsqueeze: the output's buffer knows its shape.</summary>
public sealed class ReshapeEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
        => lowering.Call("K.Reshape", lowering.Input(node), new Write(output));

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => PullBackTo(lowering, node, asFactor, "K.Reshape", [s], lowering.Like(node.Inputs[0]));
}
