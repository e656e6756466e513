using System.Globalization;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class SplitEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
    {
        var split = (Split)node.Operator;
        var parts = Enumerable.Range(0, node.Outputs.Count).Select(i => lowering.Output(node, i)).ToList();
        if (parts.TrueForAll(p => p is not null))
        {
            lowering.Call("K.Split", lowering.Input(node), parts.Select(p => new Write(p!)).ToList(), Lowering.Option("axis", split.Axis.ToString(CultureInfo.InvariantCulture)));
            return;
        }

        // A part that nobody reads is not made.
        var start = 0L;
        for (var i = 0; i < parts.Count; start += split.Sizes![i++])
        {
            if (parts[i] is { } part)
            {
                lowering.Call(
                    "K.Slice", lowering.Input(node), new Write(part), Lowering.Option("axes", Literal.Of([split.Axis])), Lowering.Option("starts", Literal.Of([start])), Lowering.Option("ends", Literal.Of([start + split.Sizes![i]])));
            }
        }
    }

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => throw new InvalidOperationException("Split is not differentiable");
}
