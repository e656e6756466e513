using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>Attention; derivatives go to the queries, the keys, the values and the mask.</summary>
public sealed class AttentionEmitter : KernelEmitter
{
    private static readonly string[] Parts = ["Queries", "Keys", "Values", "Mask"];

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
    {
        var operation = (KernelOperator)node.Operator;
        var mask = node.Inputs.Count > 3 && node.Inputs[3].Length > 0 ? new object[] { new Named("mask", lowering.Input(node, 3)) } : [];
        for (var i = 0; i < Parts.Length && i < node.Inputs.Count; i++)
        {
            PullBackTo(lowering, node, i, asFactor, "K.AttentionBack", [s, lowering.Input(node, 0), lowering.Input(node, 1), lowering.Input(node, 2)], [Lowering.Option("to", $"K.AttentionPart.{Parts[i]}"), .. Options(operation), .. mask]);
        }
    }
}
