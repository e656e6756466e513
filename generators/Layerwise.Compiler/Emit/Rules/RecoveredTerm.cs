using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>
/// Finds the term of a residual sum that need not be kept from the way forward to the way back: it is the sum less the other term, wherever relevance
/// comes to it. Only a convolution's whose rule takes its output for a factor: what is rounded off is small beside the sum, not beside a denominator.
/// </summary>
public static class RecoveredTerm
{
    public static (string Term, string Other)? Of(Lowering lowering, Node node)
    {
        if (!lowering.Backend.FreesMemory || node.Operator is not Sum || node.Inputs.Count != 2 || node.Inputs[0] == node.Inputs[1] || !node.Inputs.All(lowering.Takes))
        {
            return null;
        }

        // The one that was computed last is the first that is read.
        var producer = lowering.Graph.Nodes.LastOrDefault(n => node.Inputs.Contains(n.Output));
        return producer is not null && IsFactorAlone(lowering, producer) && node.Inputs.All(i => lowering.Graph.Shapes[i].Equals(lowering.Graph.Shapes[node.Output]))
            ? (producer.Output, node.Inputs.First(i => i != producer.Output))
            : null;
    }

    private static bool IsFactorAlone(Lowering lowering, Node node)
        => node.Operator is Conv && !node.Operator.WithRelu && lowering.Plan.Rules.TryGetValue(node, out var planned) && planned.Rule is { Kind: RuleKind.ZPlus } or { Kind: RuleKind.AlphaBeta, NegativeByDifference: false }
            && lowering.Graph.Nodes.Sum(n => n.Inputs.Count(i => i == node.Output)) == 1
            && node.Output != lowering.Graph.Logits && !lowering.Graph.Outputs.Contains(node.Output);
}
