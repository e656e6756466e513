using System.Globalization;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class SoftmaxEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
        => lowering.Call($"K.{node.Operator.Name}", [lowering.Input(node), new Write(output), .. Options(node)]);

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => PullBackTo(lowering, node, asFactor, "K.SoftmaxBack", [s, lowering.Value(node.Output)], Options(node));

    private static object[] Options(Node node)
    {
        var softmax = (Softmax)node.Operator;
        var axis = Lowering.Option("axis", softmax.Axis.ToString(CultureInfo.InvariantCulture));
        return softmax.OverAllFromAxis ? [axis, Lowering.Option("toEnd", "true")] : [axis];
    }
}
