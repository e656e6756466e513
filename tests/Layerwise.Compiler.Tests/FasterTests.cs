using Layerwise.Compiler.Relevance;
using Layerwise.Testing;

namespace Layerwise.Compiler.Tests;

/// <summary>What is emitted where a faster and less exact way is asked for, and where it cannot be taken.</summary>
public class FasterTests
{
    private const string ByDifference = "K.DivideAlphaBeta(f.C2, f.H2, f.ZPlus2, f.SPlus2, f.SMinus2, alpha: 2f, beta: 1f, epsilon: 1e-6f, factor: f.H2);";

    private static readonly ExplainerSpec Spec = new() { ClassName = "Net", Namespace = "Shop", Composite = "EpsilonAlpha2Beta1Flat", NegativeByDifference = true };

    [Fact]
    public void Negative_denominators_need_no_pass_where_the_output_is_at_hand()
    {
        var source = Source(Spec, "Relu", "h1");
        Assert.Contains(ByDifference, source, StringComparison.Ordinal);
        Assert.DoesNotContain("ZMinus", source, StringComparison.Ordinal);
        Assert.Contains("with negative denominators by difference", source, StringComparison.Ordinal);
        Assert.Contains(".DividesByDifference(f.SMinus2, f.H2, f.ZPlus2, secondMinus.Linear, f.H1, epsilon: 1e-6f, bias: secondMinus)", source, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_Relu_the_output_itself_is_at_hand()
        => Assert.Contains("K.DivideAlphaBeta(f.C3, f.H2, f.ZPlus2, f.SPlus2, f.SMinus2, alpha: 2f, beta: 1f, epsilon: 1e-6f, factor: f.H3);", Source(Spec, "Tanh", "h1"), StringComparison.Ordinal);

    [Fact]
    public void They_have_a_pass_of_their_own_where_it_is_not()
    {
        // A ceiling hides how far above it the output was; the output has the bias that denominators leave out; ε is of all denominators, also where a Relu lets nothing through.
        string[] sources =
        [
            Source(Spec, "Clip", "h1 zero six"),
            Source(Spec with { DropBias = true }, "Relu", "h1"),
            Source(Spec with { Composite = "EpsilonPlusFlat", Rules = new([new LayerRule("second", new Rule(RuleKind.AlphaBeta) { NegativeByDifference = true, Stabilizer = Stabilizer.NormScale })]) }, "Relu", "h1"),
        ];
        Assert.All(sources, source =>
        {
            Assert.DoesNotContain("DivideAlphaBeta", source, StringComparison.Ordinal);
            Assert.Contains("secondMinus.Linear(f.H1, f.ZMinus2);", source, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Unless_it_is_asked_for_nothing_changes()
    {
        Assert.Contains("secondMinus.Linear(f.H1, f.ZMinus2);", Source(Spec with { NegativeByDifference = false }, "Relu", "h1"), StringComparison.Ordinal);

        // A composite without the rule has nothing to do with it.
        var other = Spec with { Composite = "EpsilonPlusFlat" };
        Assert.Equal(
            Source(other with { NegativeByDifference = false }, "Relu", "h1"),
            Source(other, "Relu", "h1").Replace(@"\""negativeByDifference\"":true", "", StringComparison.Ordinal).Replace(@"Flat\"",}", @"Flat\""}", StringComparison.Ordinal));
    }

    [Fact]
    public void Convolutions_over_two_axes_are_asked_to_compute_in_bfloat16()
    {
        var narrow = Spec with { NegativeByDifference = false, BFloat16 = true };
        var source = Source(narrow, "Relu", "h1");
        Assert.Contains("secondPlus = second.Positive().InBFloat16();", source, StringComparison.Ordinal);
        Assert.Contains("secondMinus = second.Negative().InBFloat16();", source, StringComparison.Ordinal);
        Assert.Contains("AlphaBeta (2, 1) in bfloat16 on convolutions", source, StringComparison.Ordinal);
        Assert.Contains("secondGammaPlus = second.AddPositive(0.25f).InBFloat16();", Source(narrow with { Composite = "EpsilonGammaBox", Low = new([0]), High = new([1]) }, "Relu", "h1"), StringComparison.Ordinal);
        Assert.DoesNotContain("InBFloat16", Source(narrow with { Composite = "DeconvNet" }, "Relu", "h1"), StringComparison.Ordinal);

        // Dense layers multiply in float32.
        Assert.DoesNotContain("fcPlus = fc.Positive().InBFloat16", Source(narrow with { Composite = "ExcitationBackprop" }, "Relu", "h1"), StringComparison.Ordinal);
    }

    [Fact]
    public void In_bfloat16_no_denominator_is_a_difference()
        => Assert.Equal(
            Source(Spec with { NegativeByDifference = false, BFloat16 = true }, "Relu", "h1").Split("// The buffers")[0].Split("using K")[1],
            Source(Spec with { BFloat16 = true }, "Relu", "h1").Split("// The buffers")[0].Split("using K")[1]);

    private static string Source(ExplainerSpec spec, string activation, string inputs)
    {
        var compiled = Compile.Network(
            new ModelBuilder(opset: 13).Input("x", "N", 2, 6, 6).Output("y", "N", 3).Weight("w1", 4, 2, 3, 3).Weight("b1", 4).Weight("w2", 4, 4, 3, 3).Weight("b2", 4).Weight("v", 3, 16)
                .Tensor("zero", [0f]).Tensor("six", [6f])
                .Node("Conv", "x w1 b1", "c1", "first").Node("Relu", "c1", "h1", "relu")
                .Node("Conv", "h1 w2 b2", "c2", "second").Node(activation, inputs.Replace("h1", "c2", StringComparison.Ordinal), "h2", "act")
                .Node("Flatten", "h2", "f", "flatten").Node("Gemm", "f v", "y", "fc", ("transB", 1)),
            spec);
        Assert.Empty(compiled.Problems);
        return compiled.NetworkSource!;
    }
}
