using System.Globalization;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class SoftmaxEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
        => lowering.Call($"K.{node.Operator.Name}", lowering.Input(node), new Write(output), Axis(node));

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => PullBackTo(lowering, node, asFactor, "K.SoftmaxBack", [s, lowering.Value(node.Output)], Axis(node));

    private static string Axis(Node node) => Lowering.Option("axis", ((Softmax)node.Operator).Axis.ToString(CultureInfo.InvariantCulture));
}
