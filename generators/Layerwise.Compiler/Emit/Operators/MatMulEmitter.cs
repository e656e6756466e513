using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>A product of two values; with a constant matrix it is a <see cref="DenseEmitter"/>'s.</summary>
public sealed class MatMulEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
        => lowering.Call("K.MatMul", lowering.Input(node), lowering.Input(node, 1), new Write(output));

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => throw new InvalidOperationException("MatMul is not differentiable");
}
