using System.Globalization;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class ConcatEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
        => lowering.Call("K.Concat", node.Inputs.Select(lowering.Value).ToList(), new Write(output), Axis(node));

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
    {
        var parts = node.Inputs.Select(input =>
        {
            // What belongs to a constant goes no further.
            var part = lowering.Takes(input) ? lowering.NewRelevance(input, asFactor) : lowering.New("Rest", node.Output, lowering.Value(input).Shape);
            lowering.Give(input, part, asFactor ? input : null);
            return new Write(part);
        }).ToList();
        lowering.Call("K.Split", s, parts, Axis(node));
    }

    private static string Axis(Node node) => Lowering.Option("axis", ((Concat)node.Operator).Axis.ToString(CultureInfo.InvariantCulture));
}
