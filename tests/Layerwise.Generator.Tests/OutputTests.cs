using System.Globalization;
using Layerwise.Compiler;
using Layerwise.Compiler.Relevance;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Layerwise.Generator.Tests;

/// <summary>The generator with the real compiler: what it writes is C# that a user's project takes without a word.</summary>
public sealed class OutputTests
{
    private const string Digits = """
        layerwise-graph 1
        file "models/digits.onnx"
        opset "" 13
        input "image" float32 ["N",1,8,8]
        output "logits" float32 ["N",3]
        tensor "conv.weight" float32 [4,1,3,3]
        tensor "conv.bias" float32 [4]
        tensor "fc.weight" float32 [3,144]
        tensor "fc.bias" float32 [3]
        node "" "Conv" "conv" in "image" "conv.weight" "conv.bias" out "h" with "kernel_shape"=ints:[3,3]
        node "" "Relu" "relu" in "h" out "a"
        node "" "Flatten" "flatten" in "a" out "f"
        node "" "Gemm" "fc" in "f" "fc.weight" "fc.bias" out "logits" with "transB"=int:1
        label "zero"
        label "one"
        label "two"

        """;

    private const string Use = """
        using Layerwise;
        namespace Shop;

        /// <summary>Digits.</summary>
        [Explainer("digits.onnx", Composite = Composite.EpsilonPlusFlat)]
        public partial class Digits;

        internal static class Program
        {
            internal static int Explain(TorchSharp.torch.Tensor image, float[] pixels)
            {
                using var net = new Digits();
                using var other = Digits.FromFile("retrained.onnx", TorchSharp.torch.CPU);
                using var why = net.Explain(image, Digits.Label.Two);
                using var top = net.Explain(pixels);
                using var logit = net.Explain(image, 1, InitialRelevance.Logit);
                using var output = other.Predict(image);
                using var first = net.Explain(image, 0);
                using var alike = net.Explain(pixels, 0, InitialRelevance.Logit);
                net.Explain(new System.ReadOnlySpan<float>(pixels), 0, new float[64]);
                System.Console.WriteLine(Digits.Input.Image + Digits.Output.Logits);
                return Digits.Layers.Count + why.Target[0];
            }
        }
        """;

    // C# 12 is what a project for .NET 8 gets, 14 one for .NET 10.
    [Theory]
    [InlineData(LanguageVersion.CSharp12)]
    [InlineData(LanguageVersion.CSharp13)]
    [InlineData(LanguageVersion.CSharp14)]
    public void A_network_compiles_without_a_warning_and_offers_its_labels(LanguageVersion version)
    {
        var outcome = new UserProject(version: version).Source("Digits.cs", Use).Manifest("/obj/digits.onnx.lwgraph", Digits).Run();

        AssertClean(outcome);
        Assert.Equal(["Shop.Digits.Network.g.cs", "Shop.Digits.g.cs"], outcome.HintNames);
    }

    // Class 0 alone is a label to C# as much as an index, and a list of it a list of either.
    [Theory]
    [InlineData(LanguageVersion.CSharp12, "[0]", "Target")]
    [InlineData(LanguageVersion.CSharp13, "[0]", "Target")]
    [InlineData(LanguageVersion.CSharp14, "[0]", "Target")]
    [InlineData(LanguageVersion.CSharp12, "[0, 2]", "Target")]
    [InlineData(LanguageVersion.CSharp14, "[0, 2]", "Target")]
    [InlineData(LanguageVersion.CSharp12, "[Digits.Label.Zero]", "Label")]
    [InlineData(LanguageVersion.CSharp14, "[Digits.Label.Zero, Digits.Label.Two]", "Label")]
    [InlineData(LanguageVersion.CSharp12, "[Target.Top, 0]", "Target")]
    [InlineData(LanguageVersion.CSharp14, "[Target.Difference(0, 1)]", "Target")]
    [InlineData(LanguageVersion.CSharp14, "[0], InitialRelevance.Logit", "Target")]
    [InlineData(LanguageVersion.CSharp12, "new System.Collections.Generic.List<Digits.Label>()", "Label")]
    public void Several_classes_are_explained_as_their_user_writes_them(LanguageVersion version, string classes, string meant)
    {
        var outcome = new UserProject(version: version).Manifest("/obj/digits.onnx.lwgraph", Digits).Source("Digits.cs", $$"""
            using Layerwise;
            namespace Shop;
            [Explainer("digits.onnx")]
            [ImageInput]
            internal partial class Digits;

            internal static class Program
            {
                internal static int Explain(Digits net, TorchSharp.torch.Tensor x) => net.ExplainEach(x, {{classes}}).Count;
                internal static int Explain(Digits net, Layerwise.Rendering.Picture x) => Layerwise.Rendering.ImageExplainers.ExplainEach(net, x, {{classes}}).Count;
            }
            """).Run();

        AssertClean(outcome);
        var tree = outcome.Output.SyntaxTrees.Single(tree => tree.FilePath == "Digits.cs");
        var calls = tree.GetRoot(TestContext.Current.CancellationToken).DescendantNodes().OfType<InvocationExpressionSyntax>().Where(call => call.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ExplainEach" });
        Assert.Equal([meant, meant], calls.Select(call =>
        {
            var method = (IMethodSymbol)outcome.Output.GetSemanticModel(tree).GetSymbolInfo(call, TestContext.Current.CancellationToken).Symbol!;
            return ((INamedTypeSymbol)method.Parameters.Single(parameter => parameter.Name is "targets" or "labels").Type).TypeArguments.Single().Name;
        }));
    }

    // C# 12 is what a project for .NET 8 gets, 14 one for .NET 10.
    [Theory]
    [InlineData(LanguageVersion.CSharp12)]
    [InlineData(LanguageVersion.CSharp14)]
    public void A_declared_picture_makes_an_image_explainer(LanguageVersion version)
    {
        var outcome = new UserProject(version: version).Manifest("/obj/digits.onnx.lwgraph", Digits).Source("Digits.cs", """
            using Layerwise;
            namespace Shop;
            [Explainer("digits.onnx", Composite = Composite.EpsilonGammaBox)]
            [ImageInput(Mean = new[] { 0.13 }, Std = new[] { 0.31 }, Fit = ImageFit.CenterCrop, Resize = 9)]
            internal partial class Digits;

            internal static class Program
            {
                internal static IImageExplainer<Digits.Label> Make() => new Digits();
                internal static string First(IExplainer explainer) => explainer.Labels[0] + Digits.Image.Width + Digits.Image.Low[0];
            }
            """).Run();

        AssertClean(outcome);
        Assert.Contains("Resize = 9,", outcome.Text("Shop.Digits.g.cs"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LanguageVersion.CSharp12)]
    [InlineData(LanguageVersion.CSharp14)]
    public void A_declared_table_explains_a_record_of_the_user_s_own(LanguageVersion version)
    {
        var outcome = new UserProject(version: version).Manifest("/obj/loans.onnx.lwgraph", """
            layerwise-graph 1
            file "models/loans.onnx"
            opset "" 13
            input "x" float32 ["N",3]
            output "y" float32 ["N",2]
            tensor "w" float32 [2,3]
            node "" "Gemm" "fc" in "x" "w" out "y" with "transB"=int:1
            label "no"
            label "yes"
            feature "age"
            feature "class"
            feature "owns house"

            """).Source("Loans.cs", """
            using Layerwise;
            namespace Shop;
            [Explainer("loans.onnx")]
            [TableInput(Record = typeof(Person), Mean = new[] { 40.0, 1, 0 }, Std = new[] { 10.0 })]
            internal partial class Loans;

            [Explainer("loans.onnx")]
            [TableInput("x", "y", "z")]
            internal partial class Bare;

            internal abstract record Being(int Age);
            internal enum Grade { Low, High }
            internal sealed record Person(int Age, Grade @class, string Name) : Being(Age)
            {
                internal bool OwnsHouse => false;
                public int this[int i] => i;
                public static int Count => 0;
            }

            internal static class Program
            {
                internal static ITableExplainer<Loans.Label> Make() => new Loans();
                internal static void Explain(Loans net, Person person, TorchSharp.torch.Tensor tensor)
                {
                    using var why = net.Explain(person, Loans.Label.Yes);
                    using var top = net.Explain(person);
                    using var both = net.Explain(new[] { person, person }, 1, InitialRelevance.Logit);
                    using var bare = net.Explain(tensor, Loans.Label.No);
                    using var row = net.ExplainRow(new float[] { 1, 2, 3 }, Loans.Label.No);
                    _ = net.Predict(person).Length + why.ByFeature(strongestFirst: true).Count;
                }
            }
            """).Run();

        AssertClean(outcome);
        Assert.Contains("(float)row.@class,", outcome.Text("Shop.Loans.g.cs"), StringComparison.Ordinal);
    }

    [Fact]
    public void Declared_tokens_make_a_text_explainer()
    {
        var outcome = new UserProject(version: LanguageVersion.CSharp12).Manifest("/obj/reviews.onnx.lwgraph", """
            layerwise-graph 1
            file "models/reviews.onnx"
            opset "" 13
            input "input_ids" int64 ["N",6]
            input "attention_mask" int64 ["N",6]
            output "y" float32 ["N",2]
            tensor "table" float32 [8,3]
            tensor "last" int64 [1] = 2
            tensor "w" float32 [2,18]
            node "" "Gather" "embedding" in "table" "input_ids" out "e"
            node "" "Cast" "cast" in "attention_mask" out "m" with "to"=int:1
            node "" "Unsqueeze" "unsqueeze" in "m" "last" out "m3"
            node "" "Mul" "mask" in "e" "m3" out "x"
            node "" "Flatten" "flat" in "x" out "f"
            node "" "Gemm" "fc" in "f" "w" out "y" with "transB"=int:1
            label "bad"
            label "good"

            """).Source("Reviews.cs", """
            using Layerwise;
            namespace Shop;
            [Explainer("reviews.onnx"), TextInput(Padding = 1)]
            internal partial class Reviews;

            internal static class Program
            {
                internal static ITextExplainer<Reviews.Label> Make() => new Reviews();
                internal static void Explain(Reviews net, TokenizedText text)
                {
                    using var why = net.Explain(text, Reviews.Label.Good);
                    using var both = net.Explain(new[] { text, text });
                    _ = net.Predict(text).Length + why.ByToken().Count + Reviews.Text.Inputs.Count;
                }
            }
            """).Run();

        AssertClean(outcome);
        Assert.Contains("new(Layer.Embedding, [global::Layerwise.TokenRole.Ids, global::Layerwise.TokenRole.Mask])", outcome.Text("Shop.Reviews.g.cs"), StringComparison.Ordinal);
        Assert.Contains("Vocabulary = 8,", outcome.Text("Shop.Reviews.g.cs"), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_explainers_of_one_model_live_in_one_project()
    {
        var outcome = Project("""
            using Layerwise;
            namespace Shop;
            [Explainer("digits.onnx", Composite = Composite.EpsilonPlus)] internal partial class Plus;
            [Explainer("digits.onnx", Composite = Composite.EpsilonPlusFlat)] internal partial class Flat;
            [Explainer("digits.onnx", Method = Method.Gradient)] internal partial class Slope;
            """).Run();

        AssertClean(outcome);
        Assert.Equal(6, outcome.HintNames.Length);
        Assert.NotEqual(outcome.Text("Shop.Plus.Network.g.cs"), outcome.Text("Shop.Flat.Network.g.cs"));
    }

    [Theory]
    [InlineData("Layerwise", "Digits")]
    [InlineData("Shop.Layerwise", "Composite")]
    [InlineData("Shop.System", "Network")]
    [InlineData("Shop.TorchSharp", "Labels2")]
    [InlineData("Shop.@class", "@event")]
    [InlineData("Läden.Straße", "Übung")]
    public void Names_of_the_users_own_get_in_nobodys_way(string ns, string name) => AssertClean(Project($$"""
        namespace {{ns}};
        [global::Layerwise.Explainer("digits.onnx")] internal partial class {{name}};
        """).Run());

    [Fact]
    public void A_class_outside_of_any_namespace_is_an_explainer_too()
    {
        var outcome = Project("[Layerwise.Explainer(\"digits.onnx\")] internal partial class Digits;").Run();

        AssertClean(outcome);
        Assert.Equal(["Digits.Network.g.cs", "Digits.g.cs"], outcome.HintNames);
    }

    [Fact]
    public void Names_from_a_hostile_model_stay_text()
    {
        const string Evil = "x\\\"; */ } #error \\u000A// \\u2028{0}\\\\";
        var manifest = Digits
            .Replace("\"conv\"", $"\"{Evil}\"", StringComparison.Ordinal)
            .Replace("\"h\"", $"\"h{Evil}\"", StringComparison.Ordinal)
            .Replace("conv.weight", $"w{Evil}", StringComparison.Ordinal)
            .Replace("\"image\"", $"\"i{Evil}\"", StringComparison.Ordinal)
            .Replace("label \"one\"", $"label \"{Evil}\"", StringComparison.Ordinal)
            .Replace("label \"zero\"", "label \"two\"", StringComparison.Ordinal);

        AssertClean(Project("[Layerwise.Explainer(\"digits.onnx\")] internal partial class Digits;", manifest).Run());
    }

    [Fact]
    public void Unsupported_operators_are_one_LW0201_and_code_that_uses_the_class_still_compiles()
    {
        var outcome = Project(
            Use,
            Digits.Replace("\"Relu\"", "\"Wavelet\"", StringComparison.Ordinal).Replace("\"Flatten\"", "\"Crumple\"", StringComparison.Ordinal)).Run();

        var message = Assert.Single(outcome.Diagnostics).GetMessage(CultureInfo.InvariantCulture);
        Assert.Equal("LW0201", outcome.Diagnostics[0].Id);
        Assert.All(["Wavelet", "relu", "Crumple", "flatten"], name => Assert.Contains(name, message, StringComparison.Ordinal));
        Assert.Equal(["Shop.Digits.g.cs"], outcome.HintNames);
        AssertNoWarnings(outcome);
    }

    [Fact]
    public void Without_a_model_the_class_can_still_be_created_and_called()
    {
        var outcome = new UserProject().Source("Digits.cs", """
            using Layerwise;
            [Explainer("digits.onnx")] internal partial class Digits;

            internal static class Program
            {
                internal static Explanation Explain(float[] pixels)
                {
                    using var net = new Digits();
                    return net.Explain(pixels);
                }
            }
            """).Run();

        Assert.Equal("LW0002", Assert.Single(outcome.Diagnostics).Id);
        AssertNoWarnings(outcome);
    }

    [Fact]
    public void Labels_of_another_width_are_LW0205() => AssertId("LW0205", Digits + "label \"three\"\n");

    [Fact]
    public void Shapes_that_contradict_each_other_are_LW0203() => AssertId("LW0203", Digits.Replace("[3,144]", "[3,145]", StringComparison.Ordinal));

    [Fact]
    public void Several_outputs_without_a_choice_are_LW0204() =>
        AssertId("LW0204", Digits.Replace("output \"logits\" float32 [\"N\",3]", "output \"logits\" float32 [\"N\",3]\noutput \"f\" float32 [\"N\",144]", StringComparison.Ordinal));

    [Fact]
    public void A_manifest_of_another_version_is_LW0005() =>
        AssertId("LW0005", Digits.Replace("layerwise-graph 1", "layerwise-graph 2", StringComparison.Ordinal));

    [Fact]
    public void The_real_compiler_writes_the_same_text_every_time()
    {
        const string Source = "[Layerwise.Explainer(\"digits.onnx\")] internal partial class Digits;";
        var (first, second) = (Project(Source).Run(), Project(Source).Run());

        Assert.All(first.HintNames, hint => Assert.Equal(first.Text(hint), second.Text(hint)));
    }

    private static UserProject Project(string source, string manifest = Digits) =>
        new UserProject().Source("Digits.cs", source).Manifest("/obj/digits.onnx.lwgraph", manifest);

    private static void AssertId(string id, string manifest) =>
        Assert.Equal(id, Assert.Single(Project("[Layerwise.Explainer(\"digits.onnx\")] internal partial class Digits;", manifest).Run().Diagnostics).Id);

    private static void AssertClean(UserProject.Outcome outcome)
    {
        Assert.Empty(outcome.Diagnostics);
        AssertNoWarnings(outcome);
    }

    private static void AssertNoWarnings(UserProject.Outcome outcome)
    {
        var warnings = outcome.Output.GetDiagnostics(TestContext.Current.CancellationToken).Where(d => d.Severity >= DiagnosticSeverity.Warning);
        Assert.True(!warnings.Any(), string.Join('\n', warnings.Take(10)));
    }
}
