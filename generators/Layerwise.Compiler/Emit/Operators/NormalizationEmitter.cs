using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>Values brought to the same mean and size: by the values and, where there is one, the scale.</summary>
public sealed class NormalizationEmitter : KernelEmitter
{
    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
    {
        var operation = (KernelOperator)node.Operator;
        var hasSkip = operation is LayerNormalization { HasSkip: true } or RMSNormalization { HasSkip: true };
        object[] read = operation is LRN or LpNormalization ? [lowering.Input(node)] : [lowering.Input(node), lowering.Input(node, hasSkip ? 2 : 1)];
        object[] skip = hasSkip
            ? [.. new[] { (1, "skip"), (operation is RMSNormalization ? 3 : 4, "skipBias") }.Where(p => node.Inputs.Count > p.Item1 && node.Inputs[p.Item1].Length > 0).Select(p => new Named(p.Item2, lowering.Input(node, p.Item1)))]
            : [];
        foreach (var input in hasSkip ? new[] { 0, 1 } : [0])
        {
            PullBackTo(lowering, node, input, asFactor, $"K.{operation.Name}Back", [s, .. read], [.. Options(operation), .. skip]);
        }
    }
}
