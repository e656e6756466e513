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

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor) => PullBack(lowering, node, [s], asFactor);

    public override void PullBack(Lowering lowering, Node node, IReadOnlyList<Slot?> s, bool asFactor)
    {
        var split = (Split)node.Operator;
        var x = node.Inputs[0];
        var result = lowering.NewRelevance(x, asFactor);
        var axis = Lowering.Option("axis", split.Axis.ToString(CultureInfo.InvariantCulture));
        var parts = s.OfType<Slot>().ToList();
        lowering.Call("K.Concat", [parts, new Write(result), axis, .. parts.Count == node.Outputs.Count ? Array.Empty<object>() :
        [
            Lowering.Option("sizes", Literal.Of(split.Sizes!)),
            Lowering.Option("present", Literal.Of(Enumerable.Range(0, s.Count).Where(i => s[i] is not null).Select(i => (long)i))),
        ]]);
        lowering.Give(x, result, asFactor ? x : null);
    }
}
