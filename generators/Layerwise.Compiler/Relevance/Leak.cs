using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Relevance;

/// <summary>Whether a layer hands on all relevance that comes to it; the runtime's <c>Layerwise.Leak</c> explains each to the user.</summary>
public enum LeakKind
{
    None,
    Bounded,
    Unbounded,
}

/// <summary>What a layer keeps of the relevance that comes to it, and why.</summary>
/// <param name="Kind">Whether, and whether the explanation can account for it.</param>
/// <param name="What">What keeps it, in words; empty where nothing does.</param>
public sealed record Leak(LeakKind Kind, string What)
{
    private static readonly Leak None = new(LeakKind.None, "");
    private static readonly Leak NoShare = new(LeakKind.Unbounded, "a derivative shares nothing out");

    public static Leak Of(Node node, PlannedRule planned, Graph graph)
    {
        var rule = planned.Rule;
        return planned.Relu?.Kind is RuleKind.ReluDeconvNet or RuleKind.ReluGuidedBackprop ? NoShare : rule.Kind switch
        {
            RuleKind.Pass or RuleKind.SignalTakeAll => None,
            RuleKind.Flat or RuleKind.ZBox or RuleKind.Proportional or RuleKind.Taylor => Kept(rule, null),
            RuleKind.Epsilon or RuleKind.Norm => IsLinear(node.Operator) ? Kept(rule, Constant(node, rule, graph)) : NoShare,
            RuleKind.ZPlus => Kept(rule, Constant(node, rule, graph) is null ? null : "positive bias"),
            RuleKind.WSquare => Kept(rule, Constant(node, rule, graph) is null ? null : "squared bias"),
            RuleKind.AlphaBeta or RuleKind.Gamma or RuleKind.CaptumGamma or RuleKind.CaptumAlpha1Beta0 => Kept(rule, Constant(node, rule, graph)),
            RuleKind.Gradient when RelevancePlan.Moves(node.Operator) => Fills(node, graph) ? new(LeakKind.Bounded, "what falls on constants") : None,
            RuleKind.Gradient when node.Operator is Relu => new(LeakKind.Bounded, "what comes back where it is 0"),
            _ => NoShare,
        };
    }

    /// <summary>Whether some of a movement's outputs come from none of its inputs that take relevance.</summary>
    public static bool Fills(Node node, Graph graph)
        => node.Operator is Pad or Trilu || node.Inputs.Any(i => i.Length > 0 && !graph.Known.ContainsKey(i) && graph.Constants.TryGetValue(i, out var constant) && constant.Type.IsFloat());

    /// <summary>Constant addends of a sum, a difference or a mean, each with its factor.</summary>
    public static IEnumerable<(string Value, double Factor)> Addends(Node node, Graph graph)
        => node.Operator is Sum || node.Operator.Name is "Sub" or "Mean"
            ? node.Inputs.Select((value, i) => (Value: value, Factor: node.Operator.Name == "Mean" ? 1.0 / node.Inputs.Count : node.Operator.Name == "Sub" && i == 1 ? -1 : 1))
                .Where(addend => graph.Constants.ContainsKey(addend.Value) || graph.Known.ContainsKey(addend.Value))
            : [];

    // Shares of the derivative times the input add up to the output, less what does not depend on the input.
    private static bool IsLinear(Operator operation)
        => operation.Class is OperatorClass.Convolution or OperatorClass.Dense or OperatorClass.Sum or OperatorClass.Affine or OperatorClass.AveragePool or OperatorClass.Movement;

    private static string? Constant(Node node, Rule rule, Graph graph)
        => node.Operator.Class is OperatorClass.Convolution or OperatorClass.Dense
            ? !rule.DropBias && ((node.Inputs.Count > 2 && node.Inputs[2].Length > 0) || node.Operator.WithBatchNorm || node.Operator.InputNorm is not null) ? "bias" : null
            : Addends(node, graph).Any() ? "constant addend" : null;

    private static Leak Kept(Rule rule, string? constant) => (constant, rule.Epsilon > 0) switch
    {
        (null, false) => None,
        (null, true) => new(LeakKind.Bounded, "ε"),
        (_, false) => new(LeakKind.Bounded, constant),
        _ => new(LeakKind.Bounded, constant + ", ε"),
    };
}
