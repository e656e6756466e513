using Layerwise.Compiler.Emit;

namespace Layerwise.Compiler.Tests;

/// <summary>Text of model files on its way into C#.</summary>
public class NamesTests
{
    [Theory]
    [InlineData("/conv1/Conv", "conv1.weight", "Conv", "conv1")]
    [InlineData("/layer1/layer1.0/conv1/Conv", "layer1.0.conv1.weight", "Conv", "layer1_0_conv1")]
    [InlineData("Conv_0", "features.3.weight", "Conv", "features_3")]
    [InlineData("conv1_1", "conv1_w_0", "Conv", "conv1")]
    [InlineData("123", "42", "Gemm", "gemm1")]
    [InlineData("Gemm_7", null, "Gemm", "gemm1")]
    [InlineData("class", null, "Conv", "class2")]
    [InlineData("大猫", null, "Conv", "conv1")]
    [InlineData("x\u202e\"; Evil(); //", null, "Conv", "x_Evil")]
    [InlineData("dense/MatMul;dense/Relu;dense/BiasAdd", "const_fold_opt__59", "MatMul", "dense")]
    [InlineData("Gemm__32", "const_fold_opt__283", "Gemm", "gemm1")]
    [InlineData("/Gather", "/lstm/Constant_4_output_0", "Gather", "gather1")]
    public void Layers_are_named_as_the_model_names_them_where_that_reads_well(string node, string? weight, string op, string name)
        => Assert.Equal(name, Names.ForFields().TakeLayer(node, weight, op));

    [Fact]
    public void Names_that_coincide_are_numbered_and_long_ones_are_not_taken_over()
    {
        var names = Names.ForFields();
        string[] layers = ["conv.a", "conv/a", "conv a", new string('x', 10_000)];
        Assert.Equal(["conv_a", "conv_a2", "conv_a3", "conv1"], layers.Select(layer => names.TakeLayer(layer, null, "Conv")));
    }

    [Theory]
    [InlineData("plain", "\"plain\"")]
    [InlineData("\"\\\r\n\t\0", "\"\\\"\\\\\\u000d\\u000a\\u0009\\u0000\"")]
    [InlineData("\u2028\u202e\ud83d\ude00é", "\"\\u2028\\u202e\\ud83d\\ude00\\u00e9\"")]
    public void Strings_are_literals_of_printable_characters(string text, string literal) => Assert.Equal(literal, Literal.Of(text));

    [Theory]
    [InlineData(1e-6f, "1e-6f")]
    [InlineData(0.1f, "0.1f")]
    [InlineData(1f, "1f")]
    [InlineData(1e20f, "1e20f")]
    [InlineData(float.NaN, "float.NaN")]
    [InlineData(float.NegativeInfinity, "float.NegativeInfinity")]
    public void Numbers_are_literals_that_read_back(float value, string literal) => Assert.Equal(literal, Literal.Of(value));

    [Fact]
    public void Comments_stay_on_their_line_and_end_somewhere()
    {
        var comment = Literal.Comment("a\nb\u2028c\u202ed\0" + new string('x', 10_000));
        Assert.DoesNotContain(comment, c => char.IsControl(c) || c is '\u2028' or '\u202e');
        Assert.InRange(comment.Length, 1, 200);
    }

    [Fact]
    public void Inputs_become_constants_that_C_sharp_lets_stand_in_their_class()
        => Assert.Equal(
            ["InputIds", "X", "InputTensor", "Input1", "Input4", "_0", "EqualsTensor", "X_7"],
            LabelNames.OfConstants(["input_ids", "x", "input", "input.1", "*/", "0", "equals", "x"], "Input"));

    [Fact]
    public void Labels_become_members_once_each()
        => Assert.Equal(
            ["Tench", "EgyptianCat", "Crane", "Crane_3", "_3ToedSloth", "Class5", "JackOLantern", "Crane3"],
            LabelNames.Of(["tench, Tinca tinca", "Egyptian cat", "crane", "crane", "3-toed sloth", "*/", "jack-o'-lantern", "Crane_3"]));
}
