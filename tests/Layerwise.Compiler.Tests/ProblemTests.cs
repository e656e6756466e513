using Layerwise.Compiler.Relevance;
using Layerwise.Testing;

namespace Layerwise.Compiler.Tests;

/// <summary>What a user reads when a model can't be compiled: which node, which attribute, which value, what to do.</summary>
public class ProblemTests
{
    private static readonly ExplainerSpec Gradient = new() { ClassName = "Net", Method = "gradient" };

    [Fact]
    public void All_missing_operators_are_listed_at_once()
    {
        var model = Model().Node("NonZero", "x", "a", "first").Node("Det", "a", "b", "second").Node("NonZero", "b", "y", "third");
        Says(Compile.OnlyProblem(model), "LW0201", "Det ('second'); NonZero ('first', 'third')", "models/net.onnx", "docs/operators.md");
    }

    [Fact]
    public void Layers_are_listed_although_operators_are_missing()
    {
        var layers = Compile.Network(Model().Node("Relu", "x", "a", "known").Node("NonZero", "a", "y", "unknown")).Layers;
        Assert.Equal([("known", ""), ("unknown", "operator not supported")], layers.Select(l => (l.Name, l.Why)));
    }

    [Fact]
    public void An_operator_of_another_domain_is_missing()
    {
        var model = Model().Node("Relu", "x", "y", "mine");
        model.Model.Graph.Node[0].Domain = "com.example";
        Says(Compile.OnlyProblem(model), "LW0201", "com.example::Relu ('mine')");
    }

    [Fact]
    public void An_unknown_attribute_is_refused()
        => Says(Compile.OnlyProblem(Model().Node("Relu", "x", "y", "act", ("slope", 0.5f))), "LW0202", "Relu node 'act'", "'slope' = 0.5", "Export");

    [Theory]
    [InlineData(RuleKind.Gamma, "Gamma is -1")]
    [InlineData(RuleKind.AlphaBeta, "Alpha is 2 and Beta is 0.5")]
    [InlineData(RuleKind.ZBox, "Low and High, the smallest and the largest value of the input, are missing")]
    public void Parameters_that_do_not_fit_a_rule_are_refused(RuleKind kind, string what)
    {
        var rule = new LayerRule("Dense", new Rule(kind) { Gamma = -1, Beta = 0.5 });
        var spec = new ExplainerSpec { ClassName = "Net", Rules = new([rule]) };
        Says(Compile.OnlyProblem(Model().Weight("w", 4, 2).Node("MatMul", "x w", "y", "fc"), spec), "LW0303", "MatMul node 'fc'", what);
    }

    [Fact]
    public void Bounds_of_another_size_than_the_input_are_refused()
    {
        var rule = new LayerRule("Dense", new Rule(RuleKind.ZBox) { Low = new([0, 0, 0]), High = new([1]) });
        var spec = new ExplainerSpec { ClassName = "Net", Rules = new([rule]) };
        Says(Compile.OnlyProblem(Model().Weight("w", 4, 2).Node("MatMul", "x w", "y", "fc"), spec), "LW0303", "Low has 3 numbers", "[N, 4]");
    }

    [Fact]
    public void A_rule_for_no_layer_is_refused_with_those_that_there_are()
    {
        var spec = new ExplainerSpec { ClassName = "Net", Rules = new([new LayerRule("fc2", new Rule(RuleKind.Epsilon))]) };
        Says(Compile.OnlyProblem(Model().Weight("w", 4, 2).Node("MatMul", "x w", "y", "fc"), spec), "LW0303", "'fc2'", "'fc' (MatMul)");
    }

    [Fact]
    public void An_attribute_of_the_wrong_type_is_refused()
        => Says(Compile.OnlyProblem(Model().Node("Flatten", "x", "y", "flat", ("axis", "one"))), "LW0202", "Flatten node 'flat'", "'axis' = \"one\"");

    [Fact]
    public void A_product_of_values_has_no_rule_of_a_dense_layer()
        => Says(Compile.OnlyProblem(Model().Node("Relu", "x", "w", "act").Node("Gemm", "x w", "y", "product", ("transB", 1))), "LW0301", "Gemm ('product')");

    [Fact]
    public void A_computed_weight_is_refused()
        => Says(Compile.OnlyProblem(new ModelBuilder().Input("x", "N", 2, 3, 3).Input("w", 4, 2, 3, 3).Output("y", "N", 4, 1, 1).Node("Conv", "x w", "y", "conv", ("kernel_shape", new long[] { 3, 3 }))), "LW0206", "Conv node 'conv'", "its weight 'w'");

    [Fact]
    public void A_weight_of_integers_is_refused_as_such()
        => Says(Compile.OnlyProblem(Model().Tensor("w", new long[8], 4, 2).Node("MatMul", "x w", "y", "product")), "LW0202", "MatMul node 'product'", "'w'", "int64");

    [Fact]
    public void An_axis_beyond_every_shape_is_refused()
    {
        Says(Compile.OnlyProblem(Model().Node("Flatten", "x", "y", "flat", ("axis", 9L))), "LW0203", "Flatten node 'flat'", "axis 9");
        Says(Compile.OnlyProblem(Model().Node("Flatten", "x", "y", "flat", ("axis", long.MaxValue))), "LW0202", "Flatten node 'flat'");
    }

    [Fact]
    public void Sizes_that_cannot_be_counted_are_refused()
    {
        var model = new ModelBuilder().Input("x", "N", long.MaxValue, 3, 3).Output("y", "N", 1).Node("Flatten", "x", "y", "flat");
        Says(Compile.OnlyProblem(model), "LW0203", "The input 'x'", "more elements");
    }

    [Fact]
    public void Weights_that_do_not_fit_are_refused()
    {
        Says(Compile.OnlyProblem(Model().Weight("w", 3, 2).Node("MatMul", "x w", "y", "product")), "LW0203", "MatMul node 'product'", "[3, 2]", "[4, 4]");
        var conv = new ModelBuilder().Input("x", "N", 3, 8, 8).Output("y", "N", 4, 6, 6).Weight("w", 4, 2, 3, 3).Node("Conv", "x w", "y", "conv1");
        Says(Compile.OnlyProblem(conv), "LW0203", "Conv node 'conv1'", "[4, 2, 3, 3]", "[d0, 3, 8, 8]");
    }

    [Fact]
    public void An_input_of_strings_is_refused()
    {
        var model = Model().Node("Relu", "x", "y", "act");
        model.Model.Graph.Input[0].Type.TensorType.ElemType = 8;
        Says(Compile.OnlyProblem(model), "LW0202", "'x'", "string");
    }

    [Fact]
    public void An_output_of_integers_cannot_be_explained()
    {
        var model = Model().Node("Relu", "x", "y", "act");
        model.Model.Graph.Input[0].Type.TensorType.ElemType = 7;
        Says(Compile.OnlyProblem(model), "LW0204", "'y'", "Int64");
    }

    [Theory]
    [InlineData("lrp")]
    [InlineData("predict")]
    public void A_model_without_outputs_is_refused(string method)
    {
        var model = new ModelBuilder().Input("x", "N", 4).Node("Relu", "x", "y", "act");
        Says(Compile.OnlyProblem(model, new ExplainerSpec { ClassName = "Net", Method = method }), "LW0204", "no outputs", "Output = ");
    }

    [Fact]
    public void Several_outputs_need_a_choice()
    {
        var model = Model().Output("z", "N", 4).Node("Relu", "x", "y", "a").Node("Relu", "y", "z", "b");
        Says(Compile.OnlyProblem(model), "LW0204", "2 outputs", "'y', 'z'", "Output = ");
        Says(Compile.OnlyProblem(model, new ExplainerSpec { ClassName = "Net", Output = "w" }), "LW0204", "no output 'w'", "'y', 'z'");
        Assert.Empty(Compile.Network(model, new ExplainerSpec { ClassName = "Net", Output = "y" }).Problems);
    }

    [Fact]
    public void Labels_must_match_the_output()
        => Says(Compile.OnlyProblem(Model().Node("Relu", "x", "y", "act"), labels: "a\nb\n"), "LW0205", "2 labels", "[N, 4]");

    [Fact]
    public void Operators_without_a_rule_are_listed_at_once_and_have_a_gradient()
    {
        var model = Model().Weight("w", 4, 4).Node("Softmax", "x", "a", "gate1").Node("Softmax", "a", "b", "gate2").Node("MatMul", "b w", "y", "fc");
        Says(Compile.OnlyProblem(model), "LW0301", "EpsilonPlus", "Softmax ('gate1', 'gate2')", "GradientOtherwise");
        Assert.Empty(Compile.Network(model, Gradient).Problems);
    }

    [Fact]
    public void A_rule_that_an_operator_cannot_have_is_refused()
    {
        var spec = new ExplainerSpec { ClassName = "Net", Rules = new([new LayerRule("act", new Rule(RuleKind.ZPlus))]) };
        Says(Compile.OnlyProblem(Model().Node("Relu", "x", "y", "act"), spec), "LW0301", "Relu node 'act'", "ZPlus");
    }

    [Fact]
    public void A_sum_may_repeat_a_sample()
    {
        var model = new ModelBuilder().Input("x", 2, 2).Output("y", 2, 2).Tensor("w", [1f, 1], 2, 1).Node("MatMul", "x w", "h").Node("Transpose", "h", "t").Node("Add", "x t", "y", "repeat");
        Assert.Empty(Compile.Network(model).Problems);
    }

    [Theory]
    [InlineData("lrp", "EpsilonMinus", "'EpsilonMinus'", "EpsilonPlus, EpsilonPlusFlat")]
    [InlineData("lime", "EpsilonPlus", "'lime'", "lrp, gradient, saliency, gradientTimesInput, predict")]
    public void Unknown_composites_and_methods_are_refused(string method, string composite, string wrong, string known)
    {
        var spec = new ExplainerSpec { ClassName = "Net", Method = method, Composite = composite };
        Says(Compile.OnlyProblem(Model().Node("Relu", "x", "y", "act"), spec), "LW0302", wrong, known);
    }

    [Fact]
    public void A_network_with_problems_has_a_stub_and_no_source()
    {
        var compiled = Compile.Network(Model().Node("Erf", "x", "y", "e"), labels: "a\nb\nc\nd\n");
        Assert.Null(compiled.NetworkSource);
        Assert.Contains("partial class Net", compiled.ExplainerSource, StringComparison.Ordinal);
        Assert.Contains("enum Label", compiled.ExplainerSource, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LW0202", "\"Cosine\" is not known", "activations", "Cosine")]
    [InlineData("LW0202", "activation_alpha has too few values", "activations", "ScaledTanh")]
    [InlineData("LW0202", "2 activations where 1 are needed", "activations", "Tanh Tanh")]
    [InlineData("LW0203", "its weight [1, 3, 4] should be [1, 2, 4]", "hidden_size", 2)]
    [InlineData("LW0202", "hidden_size = 0", "hidden_size", 0)]
    public void A_recurrent_layer_that_cannot_be_is_refused(string id, string what, string attribute, object value)
    {
        (string, object) wrong = (attribute, value is string names ? names.Split(' ') : value);
        (string, object)[] attributes = attribute == "hidden_size" ? [wrong] : [("hidden_size", 3), wrong];
        Says(Compile.OnlyProblem(Recurrent().Weight("r", 1, 3, 3).Node("RNN", "x w r", "y", "layer", attributes)), id, "RNN node 'layer'", what);
    }

    [Fact]
    public void A_recurrent_layer_has_constant_weights()
    {
        var problem = Compile.OnlyProblem(Recurrent().Input("r", 1, 3, 3).Node("RNN", "x w r", "y", "layer", ("hidden_size", 3)));
        Says(problem, "LW0206", "RNN node 'layer'", "its recurrent weight", "'r'");
        Assert.Equal("r", problem.Constant);
    }

    private static ModelBuilder Recurrent() => new ModelBuilder(opset: 14).Input("x", 1, 5, 4).Output("y", 1, 1, 5, 3).Weight("w", 1, 3, 4);

    private static ModelBuilder Model() => new ModelBuilder().Input("x", 4, 4).Output("y", 4, 4);

    private static void Says(Problem problem, string id, params string[] words)
    {
        Assert.Equal(id, problem.Id);
        Assert.All(words, word => Assert.Contains(word, problem.Message, StringComparison.Ordinal));
    }
}
