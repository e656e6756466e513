using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Passes;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>The BatchNormalization that is merged into a linear layer from before, as arguments of the layer's kernel.</summary>
public static class InputNormArguments
{
    public static IEnumerable<string> Of(Lowering lowering, Node node)
    {
        if (node.Operator.InputNorm is { } norm)
        {
            yield return Lowering.Option("norm", lowering.Constructor.MergedNorm(norm));
            if (MergeInputNorm.NeedsSize(node.Operator))
            {
                yield return Lowering.Option("size", Literal.Of(lowering.Graph.Shapes[node.Inputs[0]].Dims.Skip(2).Select(d => d.Count)));
            }
        }
    }
}
