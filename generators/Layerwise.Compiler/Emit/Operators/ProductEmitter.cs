using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>A product of two values; with a constant matrix it is a <see cref="DenseEmitter"/>'s.</summary>
public sealed class ProductEmitter : KernelEmitter
{
    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
    {
        if (node.Operator is Einsum einsum)
        {
            for (var i = 0; i < node.Inputs.Count; i++)
            {
                var others = node.Inputs.Where((_, other) => other != i).Select(lowering.Value);
                PullBackTo(lowering, node, i, asFactor, "K.Einsum", [new List<Slot> { s }.Concat(others).ToList()], Lowering.Option("equation", Literal.Of(einsum.Back(i))));
            }

            return;
        }

        foreach (var i in new[] { 0, 1 }.Where(i => lowering.Takes(node.Inputs[i])))
        {
            PullBackTo(lowering, node, i, asFactor, i == 0 ? "K.MatMulLeftBack" : "K.MatMulRightBack", [s, lowering.Input(node, 1 - i)], lowering.Like(node.Inputs[i]));
        }
    }
}
