using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>What takes the numbers along some axes together.</summary>
public sealed class ReduceEmitter : KernelEmitter
{
    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
    {
        var reduce = (Reduce)node.Operator;
        var x = lowering.Input(node);
        var known = reduce.Name is "ReduceSum" or "ReduceMean" ? []
            : reduce.Name is "ReduceL1" or "ReduceSumSquare" ? new object[] { x }
            : [x, lowering.Value(node.Output)];
        PullBackTo(lowering, node, 0, asFactor, $"K.{reduce.Name}Back", [s, .. known], [.. Options(reduce), .. known.Length == 0 ? [lowering.Size(node.Inputs[0])] : Array.Empty<object>()]);
    }
}
