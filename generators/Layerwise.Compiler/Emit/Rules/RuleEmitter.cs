using Layerwise.Compiler.Emit.Operators;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>Writes what a rule does with the relevance of a node's output.</summary>
public abstract class RuleEmitter
{
    // One line a rule.
    private static readonly Dictionary<RuleKind, RuleEmitter> Table = new()
    {
        [RuleKind.AlphaBeta] = new AlphaBetaRule(),
        [RuleKind.CaptumAlpha1Beta0] = new CaptumRule(),
        [RuleKind.CaptumGamma] = new CaptumRule(),
        [RuleKind.Epsilon] = new NormRule(),
        [RuleKind.Flat] = new FlatRule(),
        [RuleKind.Gamma] = new GammaRule(),
        [RuleKind.Gradient] = new GradientRule(),
        [RuleKind.Norm] = new NormRule(),
        [RuleKind.Pass] = new PassRule(),
        [RuleKind.Proportional] = new ProportionalRule(),
        [RuleKind.ReluBetaSmooth] = new ReluRule(),
        [RuleKind.ReluDeconvNet] = new ReluRule(),
        [RuleKind.ReluGuidedBackprop] = new ReluRule(),
        [RuleKind.SignalTakeAll] = new SignalTakeAllRule(),
        [RuleKind.Taylor] = new TaylorRule(),
        [RuleKind.WSquare] = new WSquareRule(),
        [RuleKind.ZBox] = new ZBoxRule(),
        [RuleKind.ZPlus] = new ZPlusRule(),
    };

    public static RuleEmitter Of(RuleKind kind) => Table[kind];

    public abstract void Backward(Lowering lowering, Node node, Flow flow, Rule rule);

    /// <summary>As <see cref="Backward(Lowering, Node, Flow, Rule)"/>, with what comes back to each output; <c>null</c> where nothing does.</summary>
    public virtual void Backward(Lowering lowering, Node node, IReadOnlyList<Flow?> flows, Rule rule)
    {
        if (flows[0] is null || flows.Skip(1).Any(f => f is not null))
        {
            throw CompilationException.Unsupported(node.Name, node.Operator.Name, $"relevance comes back to several outputs, of which {rule.Kind} knows only the first", "Ask for Gradient there, or explain an output before it.");
        }

        Backward(lowering, node, flows[0]!, rule);
    }

    /// <summary>s = R / stab(z), with the multiplication by the factor fused in.</summary>
    /// <param name="lowering">Takes the call.</param>
    /// <param name="node">The layer.</param>
    /// <param name="flow">The relevance of its output.</param>
    /// <param name="z">The denominator.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="bias">The kernel whose bias is a term of z; <c>null</c> where none is.</param>
    /// <param name="times">What the share counts in the layer's relevance.</param>
    /// <param name="name">The quotient's name.</param>
    protected static Slot Divide(Lowering lowering, Node node, Flow flow, Slot z, Rule rule, string? bias = null, double times = 1, string name = "S")
    {
        var s = lowering.New(name, node.Output);
        lowering.Divides(s, z, rule, bias);
        List<object> options = [Lowering.Epsilon(rule)];
        if (times != 1)
        {
            options.Add(Lowering.Option("times", Literal.Of((float)times)));
        }

        if (flow.Factor is null)
        {
            lowering.Call("K.Divide", [flow.Slot, z, new Write(s), .. options]);
        }
        else
        {
            lowering.Call("K.MultiplyDivide", [flow.Slot, lowering.Value(flow.Factor), z, new Write(s), .. options]);
        }

        return s;
    }

    /// <summary>A kernel made of the layer's own: <c>conv1Plus = conv1.Positive()</c>.</summary>
    protected internal static string Derived(Lowering lowering, Node node, Part part)
        => lowering.Constructor.Kernel(node, "LinearLayer", part.Suffix, () =>
        {
            var call = $"{lowering.Constructor.Kernel(node)}.{part.Making}";
            var arguments = call.LastIndexOf('(');
            return new(call.Substring(0, arguments), call.Substring(arguments + 1).TrimEnd(')'));
        });

    /// <summary>Whether the denominators must be computed without the layer's bias, which its output has.</summary>
    protected static bool DropsBias(Node node, Rule rule)
        => rule.DropBias && node.Operator.Class is OperatorClass.Convolution or OperatorClass.Dense && node.Inputs.Count > 2 && node.Inputs[2].Length > 0;

    /// <summary>The node's output before its Relu, without its bias.</summary>
    protected static Slot Unbiased(Lowering lowering, Node node)
    {
        var unbiased = lowering.New("Z", node.Output);
        lowering.Call($"{Derived(lowering, node, new("Unbiased", "WithoutBias()"))}.Linear", lowering.Input(node), new Write(unbiased));
        return unbiased;
    }

    /// <summary>Whether the node runs with a Relu, and relevance is 0 wherever that lets nothing through.</summary>
    protected static bool IsZeroBehindRelu(Lowering lowering, Node node, Flow flow)
        => node.Operator.WithRelu && (flow.Vanishes || lowering.Plan.Rules[node].Relu is { Kind: RuleKind.Gradient or RuleKind.ReluGuidedBackprop });

    /// <summary>Whether the node's output is what it was before its Relu, or the difference does not matter: there relevance is 0.</summary>
    protected static bool IsPreActivation(Lowering lowering, Node node, Flow flow, Rule rule)
        => !node.Operator.WithRelu || (IsZeroBehindRelu(lowering, node, flow) && node.Operator.Ceiling is null && !rule.Stabilizer.HasFlag(Stabilizer.NormScale));

    /// <summary>The node's output before its Relu; the output itself where the difference does not matter.</summary>
    protected static Slot PreActivation(Lowering lowering, Node node, Flow flow, Rule rule)
    {
        if (IsPreActivation(lowering, node, flow, rule))
        {
            return lowering.Value(node.Output);
        }

        var z = lowering.New("Z", node.Output);
        OperatorEmitter.Of(node).Forward(lowering, node, z, withRelu: false);
        return z;
    }
}
