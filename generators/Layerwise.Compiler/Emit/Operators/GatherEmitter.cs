using System.Globalization;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class GatherEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
        => lowering.Call("K.Gather", lowering.Input(node), lowering.Input(node, 1), new Write(output), Lowering.Option("axis", ((Gather)node.Operator).Axis.ToString(CultureInfo.InvariantCulture)));

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => throw new InvalidOperationException("Gather is not differentiable");
}
