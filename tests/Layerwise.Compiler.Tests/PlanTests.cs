using Layerwise.Compiler.Relevance;
using Layerwise.Testing;

namespace Layerwise.Compiler.Tests;

/// <summary>Which rule each layer gets, and why.</summary>
public class PlanTests
{
    [Fact]
    public void EpsilonPlus() => Assert.Equal(
        [
            "conv1: ZPlus, input of either sign, so both halves",
            "norm: Pass, no linear layer before it to merge with",
            "conv2: ZPlus, input ≥ 0, so no negative half",
            "join: –, relevance moves with the values",
            "pool: –, relevance goes to the maximum",
            "mean: Norm, in proportion to what each input adds to the mean",
            "flat: –, relevance moves with the values",
            "fc: Epsilon, dense layer",
        ],
        Compile.Plan(Net(), "EpsilonPlus"));

    [Fact]
    public void EpsilonPlusFlat_differs_in_the_first_layer_alone()
    {
        var plan = Compile.Plan(Net(), "EpsilonPlusFlat");
        Assert.Equal("conv1: Flat, first layer", plan[0]);
        Assert.Equal(Compile.Plan(Net(), "EpsilonPlus").Skip(1), plan.Skip(1));
    }

    [Fact]
    public void Flat_goes_to_a_dense_layer_where_that_is_the_first()
    {
        var model = new ModelBuilder().Input("x", "N", 4).Output("y", "N", 2).Weight("w", 4, 3).Weight("b", 3).Weight("v", 3, 2)
            .Node("MatMul", "x w", "h", "fc1").Node("Add", "h b", "z", "bias").Node("MatMul", "z v", "y", "fc2");
        Assert.Equal(["fc1: Flat, first layer", "fc2: Epsilon, dense layer"], Compile.Plan(model, "EpsilonPlusFlat"));
    }

    [Fact]
    public void The_gradient_is_one_rule_for_all() => Assert.All(Compile.Plan(Net(), "gradient"), line => Assert.Contains(": Gradient, ", line, StringComparison.Ordinal));

    [Fact]
    public void A_rule_by_operator_or_name_comes_before_the_composites()
    {
        var plan = Compile.Plan(Net(), "EpsilonPlusFlat", new LayerRule("conv*", new Rule(RuleKind.Epsilon)), new LayerRule("Gemm", new Rule(RuleKind.ZPlus)));
        Assert.Equal("conv1: Epsilon, asked for by name", plan[0]);
        Assert.Equal("conv2: Epsilon, asked for by name", plan[2]);
        Assert.Equal("fc: ZPlus, asked for by name", plan[^1]);
    }

    [Fact]
    public void A_rule_may_be_for_a_type_and_for_the_first_or_the_last_of_it()
    {
        var plan = Compile.Plan(
            Net(),
            "EpsilonPlus",
            new LayerRule("Linear", new Rule(RuleKind.WSquare), LayerPosition.First),
            new LayerRule("Convolution", new Rule(RuleKind.Gamma), LayerPosition.Last),
            new LayerRule("Linear", new Rule(RuleKind.Flat)),
            new LayerRule("Softmax", new Rule(RuleKind.Gradient)));
        Assert.Equal("conv1: WSquare, asked for by type", plan[0]);
        Assert.Equal("conv2: Gamma, asked for by type", plan[2]);
        Assert.Equal("fc: Flat, asked for by type", plan[^1]);
    }

    [Fact]
    public void Custom_has_no_rule_of_its_own_but_for_what_moves_values()
    {
        var problem = Compile.OnlyProblem(Net(), new ExplainerSpec { ClassName = "Net", Composite = "Custom" });
        Assert.Equal("LW0301", problem.Id);
        Assert.All(new[] { "Conv ('conv1', 'conv2')", "BatchNormalization ('norm')", "Relu ('relu1', 'relu2')", "GlobalAveragePool ('mean')", "Gemm ('fc')" }, missing => Assert.Contains(missing, problem.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("MaxPool", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EpsilonGammaBox", "conv1: ZBox, first convolution", "conv2: Gamma, input ≥ 0, so no negative half", "fc: Epsilon, dense layer")]
    [InlineData("EpsilonAlpha2Beta1", "conv1: AlphaBeta, input of either sign, so both halves", "conv2: AlphaBeta, input ≥ 0, so W⁺ alone adds and W⁻ alone takes away", "fc: Epsilon, dense layer")]
    [InlineData("EpsilonAlpha2Beta1Flat", "conv1: Flat, first layer", "conv2: AlphaBeta, input ≥ 0, so W⁺ alone adds and W⁻ alone takes away", "fc: Epsilon, dense layer")]
    [InlineData("GuidedBackprop", "conv1: Gradient, Relu: ReluGuidedBackprop", "conv2: Gradient, ", "fc: Gradient, ")]
    public void Composites(string composite, string first, string second, string dense)
    {
        var spec = new ExplainerSpec { ClassName = "Net", Composite = composite, Low = new([-1, -2, -3]), High = new([1]) };
        var plan = Compile.Plan(Net(), spec);
        Assert.Equal([first, second, dense], [plan[0], plan[2], plan[^1]]);
    }

    private static ModelBuilder Net() => new ModelBuilder()
        .Input("x", "N", 3, 8, 8)
        .Output("y", "N", 2)
        .Weight("w1", 4, 3, 3, 3).Weight("scale", 4).Weight("shift", 4).Weight("average", 4).Weight("variance", 4).Weight("w2", 4, 4, 1, 1).Weight("fc.w", 2, 8)
        .Node("Conv", "x w1", "c1", "conv1")
        .Node("Relu", "c1", "h1", "relu1")
        .Node("BatchNormalization", "h1 scale shift average variance", "n", "norm")
        .Node("Relu", "n", "h2", "relu2")
        .Node("Conv", "h2 w2", "c2", "conv2")
        .Node("Concat", "c2 h1", "j", "join", ("axis", 1))
        .Node("MaxPool", "j", "p", "pool", ("kernel_shape", new[] { 2, 2 }))
        .Node("GlobalAveragePool", "p", "m", "mean")
        .Node("Flatten", "m", "f", "flat")
        .Node("Gemm", "f fc.w", "y", "fc", ("transB", 1));
}
