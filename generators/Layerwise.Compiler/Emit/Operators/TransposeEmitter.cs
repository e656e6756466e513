using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class TransposeEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
        => lowering.Call("K.Transpose", lowering.Input(node), new Write(output), Axes(Order(node)));

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
    {
        var order = Order(node).ToList();
        var inverse = Enumerable.Range(0, order.Count).Select(axis => order.IndexOf(axis));
        PullBackTo(lowering, node, asFactor, "K.Transpose", [s], Axes(inverse));
    }

    private static IEnumerable<int> Order(Node node) => ((Transpose)node.Operator).Permutation!;

    private static string Axes(IEnumerable<int> order) => Literal.Of(order.Select(axis => (long)axis));
}
