using Layerwise.Compiler.Inputs;
using Layerwise.Compiler.Relevance;
using Layerwise.Testing;

namespace Layerwise.Compiler.Tests;

/// <summary>What the user declares of the input, against what the model takes.</summary>
public sealed class InputTests
{
    public static TheoryData<ImageSpec, string> OutOfRange => new()
    {
        { new() { Std = new([0]) }, "Std is 0" },
        { new() { Std = new([1, -1, 1]) }, "Std is 1, -1, 1" },
        { new() { Std = new([1e-60]) }, "Std is 1e-60" },
        { new() { Mean = new([]) }, "Mean must be" },
        { new() { Mean = new([double.NaN]) }, "Mean must be" },
        { new() { Scale = 0 }, "Scale is 0" },
        { new() { Scale = double.PositiveInfinity }, "Scale is Infinity" },
        { new() { Width = -2 }, "-2 is less than 0" },
        { new() { Resize = 256 }, "Resize" },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void A_number_that_cannot_be_is_LW0006(ImageSpec input, string says)
        => AssertProblem("LW0006", says, Compile.OnlyProblem(Picture(3), Spec(input)));

    public static TheoryData<long, ImageSpec, string> Unfit => new()
    {
        { 3, new() { Mean = new([0, 0]) }, "Mean has 2 numbers" },
        { 1, new() { Std = new([1, 1, 1]) }, "Std has 3 numbers" },
        { 1, new() { Order = "Bgr" }, "one channel has no order" },
        { 3, new() { Width = 224 }, "Width is 224" },
        { 3, new() { Fit = "CenterCrop", Resize = 7 }, "give 8 or more" },
        { 4, new(), "[N, 4, 8, 8]" },
    };

    [Theory]
    [MemberData(nameof(Unfit))]
    public void What_does_not_fit_the_model_is_LW0007(long channels, ImageSpec input, string says)
        => AssertProblem("LW0007", says, Compile.OnlyProblem(Picture(channels), Spec(input)));

    [Fact]
    public void A_table_is_no_picture()
    {
        var table = new ModelBuilder().Input("x", "N", 4).Output("y", "N", 2).Weight("w", 2, 4).Node("Gemm", "x w", "y", "fc", ("transB", 1));
        AssertProblem("LW0007", "[N, 4]", Compile.OnlyProblem(table, Spec(new ImageSpec())));
    }

    [Fact]
    public void The_model_says_the_size_and_the_class_has_it()
    {
        var source = Compile.Network(Picture(3), Spec(new ImageSpec { Mean = new([0.485, 0.456, 0.406]), Fit = "CenterCrop" }), labels: "cat\ndog\n").ExplainerSource;

        Assert.Contains("partial class Net : global::Layerwise.IImageExplainer<Net.Label>, ", source, StringComparison.Ordinal);
        Assert.Contains("""
                public static global::Layerwise.ImageInput Image { get; } = new()
                {
                    Width = 8,
                    Height = 8,
                    Scale = 0.003921569f,
                    Mean = [0.485f, 0.456f, 0.406f],
                    Std = [1f],
                    Order = global::Layerwise.ChannelOrder.Rgb,
                    Fit = global::Layerwise.ImageFit.CenterCrop,
                    Resize = 8,
                };
            """, source, StringComparison.Ordinal);
    }

    [Fact]
    public void The_values_of_black_and_white_are_the_bounds_of_ZBox_unless_others_are_given()
    {
        var image = new ImageSpec { Mean = new([0.5]), Std = new([0.25]) };
        var rule = new LayerRule("Convolution", new Rule(RuleKind.ZBox));

        Rule First(ExplainerSpec spec) => Compile.Network(Picture(3), spec).Layers[0].Planned!.Rule;
        Assert.Equal(new([-2]), First(Spec(image) with { Composite = "EpsilonGammaBox" }).Low);
        Assert.Equal(new([2]), First(Spec(image) with { Rules = new([rule]) }).High);
        Assert.Equal(new([-7]), First(Spec(image) with { Composite = "EpsilonGammaBox", Low = new([-7]), High = new([7]) }).Low);
        Assert.Equal(RuleKind.ZBox, First(Spec(image) with { Composite = "DeepTaylor" }).Kind);
    }

    private static void AssertProblem(string id, string says, Problem problem)
    {
        Assert.Equal(id, problem.Id);
        Assert.Contains(says, problem.Message, StringComparison.Ordinal);
    }

    private static ExplainerSpec Spec(InputSpec input) => new() { ClassName = "Net", Input = input };

    private static ModelBuilder Picture(long channels) => new ModelBuilder()
        .Input("picture", "N", channels, 8, 8)
        .Output("logits", "N", 2)
        .Weight("conv.weight", 2, channels, 8, 8)
        .Node("Conv", "picture conv.weight", "c", "conv")
        .Node("Flatten", "c", "logits", "flat");
}
