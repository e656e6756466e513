using Layerwise.Compiler.Relevance;
using Layerwise.Testing;

namespace Layerwise.Compiler.Tests;

/// <summary>What an explanation on libtorch keeps in memory from the way forward to the way back, and what it writes over.</summary>
public class LivenessTests
{
    private const string Recovered = "K.Recover(f.H3, f.H1, f.H2)";

    [Fact]
    public void A_residual_branch_is_recovered_on_the_way_back()
    {
        var source = Source(Residual());
        Assert.Contains("K.SumRelu([f.H2, f.H1], f.H3, over: f.H2)", source, StringComparison.Ordinal);
        Assert.Contains(Recovered, source, StringComparison.Ordinal);
    }

    [Fact]
    public void A_branch_whose_rule_divides_by_it_is_kept()
    {
        var source = Source(Residual(), new LayerRule("Conv", new Rule(RuleKind.Epsilon)));
        Assert.DoesNotContain("K.Recover", source, StringComparison.Ordinal);
        Assert.DoesNotContain("over: f.H2", source, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quotient_is_written_over_its_relevance_or_where_that_is_still_read_over_its_denominator()
    {
        // The branch's relevance is the sum's, which the sum's other term reads as well.
        var source = Source(Residual());
        Assert.Contains("K.MultiplyDivide(f.C1, f.H1, f.Z1, f.S1, epsilon: 1e-6f, over: f.C1)", source, StringComparison.Ordinal);
        Assert.Contains("K.MultiplyDivide(f.S3, f.H2, f.Z2, f.S2, epsilon: 1e-6f, over: f.Z2)", source, StringComparison.Ordinal);
    }

    [Fact]
    public void A_branch_that_another_layer_reads_is_kept()
        => Assert.DoesNotContain("K.Recover", Source(Residual(alsoRead: "branch")), StringComparison.Ordinal);

    [Fact]
    public void A_value_that_is_still_seen_through_a_view_is_not_written_over()
    {
        // "flat" is a view of "h2", which the sum reads for the last time while the view is still to be read.
        var source = Source(new ModelBuilder().Input("x", "N", 2, 4, 4).Output("y", "N", 3)
            .Weight("w1", 2, 2, 3, 3).Weight("w2", 2, 2, 3, 3).Weight("v", 3, 32).Weight("u", 3, 2)
            .Node("Conv", "x w1", "h1", "first", ("pads", new[] { 1, 1, 1, 1 }))
            .Node("Conv", "h1 w2", "h2", "second", ("pads", new[] { 1, 1, 1, 1 }))
            .Node("Flatten", "h2", "flat", "flatten")
            .Node("Add", "h2 h1", "sum", "join")
            .Node("GlobalAveragePool", "sum", "mean", "pool")
            .Node("Flatten", "mean", "features", "features")
            .Node("Gemm", "flat v", "a", "wide", ("transB", 1))
            .Node("Gemm", "features u", "b", "narrow", ("transB", 1))
            .Node("Add", "a b", "y", "logits"));
        Assert.Contains("K.Sum([f.H2, f.H1]", source, StringComparison.Ordinal);
        Assert.DoesNotContain("over: f.H2", source, StringComparison.Ordinal);
    }

    private static string Source(ModelBuilder model, params LayerRule[] rules)
    {
        var compiled = Compile.Network(model, new ExplainerSpec { ClassName = "Net", Namespace = "Shop", Composite = "EpsilonPlus", Rules = new(rules), Backend = "torch" });
        Assert.Empty(compiled.Problems);
        return compiled.NetworkSource!;
    }

    internal static ModelBuilder Residual(string? alsoRead = null)
    {
        var model = new ModelBuilder().Input("x", "N", 2, 4, 4).Output("y", "N", 3).Weight("w1", 2, 2, 3, 3).Weight("w2", 2, 2, 3, 3).Weight("v", 3, 2)
            .Node("Conv", "x w1", "c1", "stem", ("pads", new[] { 1, 1, 1, 1 }))
            .Node("Relu", "c1", "h1", "relu")
            .Node("Conv", "h1 w2", "branch", "branch", ("pads", new[] { 1, 1, 1, 1 }))
            .Node("Add", "branch h1", "sum", "join")
            .Node("Relu", "sum", "h3", "rejoin");
        if (alsoRead is not null)
        {
            model.Node("Add", $"h3 {alsoRead}", "again", "again");
        }

        return model
            .Node("GlobalAveragePool", alsoRead is null ? "h3" : "again", "mean", "pool")
            .Node("Flatten", "mean", "features", "features")
            .Node("Gemm", "features v", "y", "fc", ("transB", 1));
    }
}
