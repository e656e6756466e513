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

    [Fact]
    public void The_bounds_of_a_picture_are_not_those_behind_a_normalization()
    {
        var image = Spec(new ImageSpec { Mean = new([0.5]), Std = new([0.25]) });
        var rule = new LayerRule("conv", new Rule(RuleKind.ZBox));
        string[] says = ["'conv' reads its values behind Sub 'centre', Div 'scale'", "Give Low and High"];

        foreach (var spec in new[] { image with { Composite = "EpsilonGammaBox" }, image with { Composite = "DeepTaylor" }, image with { Rules = new([rule]) } })
        {
            var problem = Assert.Single(Compile.Network(Normalizing(), spec).Problems, p => p.Id == "LW0305");
            Assert.All(says, text => Assert.Contains(text, problem.Message, StringComparison.Ordinal));
        }

        Assert.Empty(Compile.Network(Normalizing(), image with { Composite = "EpsilonPlusFlat" }).Problems);
        Assert.Empty(Compile.Network(Normalizing(), image with { Composite = "EpsilonGammaBox", Low = new([-2]), High = new([2]) }).Problems); // those very numbers, but the user's own
        Assert.Empty(Compile.Network(Normalizing(), image with { Rules = new([rule with { Rule = rule.Rule with { Low = new([-2]), High = new([2]) } }]) }).Problems);
    }

    [Fact]
    public void What_moves_or_merges_leaves_the_bounds()
    {
        var moved = new ModelBuilder().Input("x", "N", 8, 8, 3).Output("y", "N", 4).Weight("w", 4, 3, 8, 8)
            .Node("Transpose", "x", "t", "nchw", ("perm", new long[] { 0, 3, 1, 2 })).Node("Conv", "t w", "h", "conv").Node("Flatten", "h", "y", "flatten");
        var merged = new ModelBuilder().Input("x", "N", 3, 8, 8).Output("y", "N", 4).Weight("w", 4, 3, 8, 8).Weight("g", 3).Weight("b", 3).Weight("m", 3).Tensor("v", [1f, 1, 1], 3)
            .Node("BatchNormalization", "x g b m v", "n", "norm").Node("Conv", "n w", "h", "conv").Node("Flatten", "h", "y", "flatten");

        Assert.All(new[] { moved, merged }, model => Assert.Empty(Compile.Network(model, Spec(new ImageSpec()) with { Composite = "EpsilonGammaBox" }).Problems));
    }

    [Theory]
    [InlineData("torch")]
    [InlineData("managed")]
    public void Several_inputs_are_a_parameter_each_and_constants(string backend)
    {
        var model = new ModelBuilder().Input("left.image", "N", 3).Input("input", "N", 3).Output("output", "N", 3).Output("sum.of/both", "N", 3)
            .Node("Add", "left.image input", "sum.of/both", "add").Node("Relu", "sum.of/both", "output", "relu");
        var source = Compile.Network(model, new ExplainerSpec { ClassName = "Net", Output = "output", Backend = backend, Composite = "EpsilonPlus" }).ExplainerSource;

        Assert.Contains("""
                /// <summary>Runs the network forward.</summary>
                /// <param name="left_image">left.image: float32 [N, 3].</param>
                /// <param name="input">input: float32 [N, 3].</param>
            """, source, StringComparison.Ordinal);
        Assert.Contains("Explain(global::TorchSharp.torch.Tensor left_image, global::TorchSharp.torch.Tensor input, global::Layerwise.Target target = default", source, StringComparison.Ordinal);
        Assert.Contains("""
                /// <summary>The names of the model's inputs.</summary>
                public static class Input
                {
                    /// <summary>left.image · float32 [N, 3]</summary>
                    public const string LeftImage = "left.image";
                    /// <summary>input · float32 [N, 3]</summary>
                    public const string InputTensor = "input";
                }

                /// <summary>The names of the model's outputs.</summary>
                public static class Output
                {
                    /// <summary>output · float32 [N, 3]</summary>
                    public const string OutputTensor = "output";
                    /// <summary>sum.of/both · float32 [N, 3]</summary>
                    public const string SumOfBoth = "sum.of/both";
                }
            """, source, StringComparison.Ordinal);
    }

    public static TheoryData<TableSpec, string, string> UnfitTables => new()
    {
        { new() { Features = new(["a", "b", "a"]) }, "LW0006", "'a' is there twice" },
        { new() { Features = new(["a", " ", "c"]) }, "LW0006", "no name" },
        { Table with { Std = new([0, 1, 1]) }, "LW0006", "Std is 0, 1, 1" },
        { Table with { Mean = new([double.NaN]) }, "LW0006", "Mean must be" },
        { Table with { Mean = new([1, 2]) }, "LW0007", "Mean has 2 numbers" },
        { new() { Features = new(["a", "b"]) }, "LW0007", "name 3" },
        { new(), "LW0007", "no names" },
        { Table with { Row = Row(new RowProperty("A", "int", RowKind.Number)) }, "LW0008", "no property for 'bad debts', 'open_loans'. The features are 'a', 'bad debts', 'open_loans'; its properties are 'A'" },
        { Table with { Row = Row(new("A", "string", RowKind.Other), new("BadDebts", "int", RowKind.Number), new("OpenLoans", "int", RowKind.Number)) }, "LW0008", "'A' is of type string" },
        { Table with { Row = Row(new("A", "int", RowKind.Number), new("a", "int", RowKind.Number), new("BadDebts", "int", RowKind.Number), new("OpenLoans", "int", RowKind.Number)) }, "LW0008", "several for 'a' (A or a)" },
    };

    [Theory]
    [MemberData(nameof(UnfitTables))]
    public void A_table_that_does_not_fit_is_refused(TableSpec input, string id, string says)
        => AssertProblem(id, says, Compile.OnlyProblem(Rows(), Spec(input)));

    [Fact]
    public void A_picture_is_no_table() => AssertProblem("LW0007", "[N, 3, 8, 8]", Compile.OnlyProblem(Picture(3), Spec(Table)));

    [Fact]
    public void The_properties_of_a_record_are_read_in_the_order_of_the_features()
    {
        var row = Row(new("Name", "string", RowKind.Other), new("OpenLoans", "Loans", RowKind.Cast), new("A", "bool", RowKind.Flag), new("BadDebts", "int", RowKind.Number));
        var source = Compile.Network(Rows(), Spec(Table with { Row = row }), labels: "no\nyes\n").ExplainerSource;

        Assert.Contains("partial class Net : global::Layerwise.ITableExplainer<Net.Label>, ", source, StringComparison.Ordinal);
        Assert.Contains("""
                    return
                    [
                        row.A ? 1 : 0,
                        row.BadDebts,
                        (float)row.OpenLoans,
                    ];
            """, source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "EpsilonPlus")]
    [InlineData("EpsilonPlusFlat", "EpsilonPlusFlat")]
    public void The_first_layer_of_a_table_shares_nothing_evenly_unless_asked_to(string? composite, string expected)
        => Assert.Equal(expected, Compile.Network(Rows(), new ExplainerSpec { ClassName = "Net", Composite = composite }).Composite);

    [Fact]
    public void A_text_without_ids_or_an_embedding_is_refused()
    {
        AssertProblem("LW0007", "the ids are whole numbers", Compile.OnlyProblem(Rows(), Spec(new TextSpec())));
        AssertProblem("LW0006", "Length is -1", Compile.OnlyProblem(Rows(), Spec(new TextSpec { Length = -1 })));
        var strange = new ModelBuilder().IntInput("words", "N", 6).IntInput("attention_mask", "N", 6).Output("y", "N", 6, 2).Weight("table", 8, 2)
            .Node("Gather", "table words", "y", "embedding");
        AssertProblem("LW0007", "one holds the ids (input_ids), others may be attention_mask, input_mask", Compile.OnlyProblem(strange, Spec(new TextSpec())));
        var none = new ModelBuilder().IntInput("ids", "N", 6).Output("y", "N", 2).Weight("w", 2, 6).Node("Cast", "ids", "x", "cast", ("to", 1)).Node("Gemm", "x w", "y", "fc", ("transB", 1));
        AssertProblem("LW0007", "nothing looks 'ids'", Compile.OnlyProblem(none, Spec(new TextSpec())));
        var fixedLength = new ModelBuilder().IntInput("ids", "N", 6).Output("y", "N", 6, 2).Weight("table", 8, 2).Node("Gather", "table ids", "y", "embedding");
        AssertProblem("LW0007", "Length is 5", Compile.OnlyProblem(fixedLength, Spec(new TextSpec { Length = 5 })));
    }

    [Fact]
    public void A_picture_has_EpsilonPlusFlat_unless_another_is_given()
        => Assert.Equal("EpsilonPlusFlat", Compile.Network(Picture(3), new ExplainerSpec { ClassName = "Net" }).Composite);

    private static readonly TableSpec Table = new() { Features = new(["a", "bad debts", "open_loans"]) };

    private static RowType Row(params RowProperty[] properties) => new("global::Shop.Applicant", IsPublic: true, IsReference: true, new(properties));

    private static ModelBuilder Rows() => new ModelBuilder().Input("x", "N", 3).Output("y", "N", 2).Weight("w", 2, 3).Node("Gemm", "x w", "y", "fc", ("transB", 1));

    private static void AssertProblem(string id, string says, Problem problem)
    {
        Assert.Equal(id, problem.Id);
        Assert.Contains(says, problem.Message, StringComparison.Ordinal);
    }

    private static ExplainerSpec Spec(InputSpec input) => new() { ClassName = "Net", Input = input };

    private static ModelBuilder Normalizing() => new ModelBuilder()
        .Input("x", "N", 3, 8, 8).Output("y", "N", 4).Weight("w", 4, 3, 8, 8).Tensor("mean", [0.4f, 0.5f, 0.6f], 1, 3, 1, 1).Tensor("std", [0.2f, 0.2f, 0.3f], 1, 3, 1, 1)
        .Node("Sub", "x mean", "c", "centre").Node("Div", "c std", "n", "scale").Node("Conv", "n w", "h", "conv").Node("Flatten", "h", "y", "flatten");

    private static ModelBuilder Picture(long channels) => new ModelBuilder()
        .Input("picture", "N", channels, 8, 8)
        .Output("logits", "N", 2)
        .Weight("conv.weight", 2, channels, 8, 8)
        .Node("Conv", "picture conv.weight", "c", "conv")
        .Node("Flatten", "c", "logits", "flat");
}
