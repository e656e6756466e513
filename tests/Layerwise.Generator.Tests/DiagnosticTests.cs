using System.Globalization;
using Layerwise.Compiler;
using Microsoft.CodeAnalysis;

namespace Layerwise.Generator.Tests;

public sealed class DiagnosticTests
{
    private const string Manifest = "layerwise-graph 1\nfile \"models/digits.onnx\"\n";

    [Theory]
    [InlineData("public class Digits;", "write 'partial class Digits'")]
    [InlineData("public partial record Digits;", "write 'partial class Digits'")]
    [InlineData("public static partial class Digits;", "remove 'static'")]
    [InlineData("public abstract partial class Digits;", "remove 'abstract'")]
    [InlineData("public partial class Digits<T>;", "remove them")]
    [InlineData("file partial class Digits;", "remove 'file'")]
    [InlineData("public partial class Layers;", "name the class otherwise")]
    [InlineData("public partial class Input;", "name the class otherwise")]
    [InlineData("public partial class Kernels;", "name the class otherwise")]
    public void A_class_that_can_have_no_second_half_is_LW0001(string declaration, string remedy)
    {
        var outcome = Run($"using Layerwise;\n[Explainer(\"digits.onnx\")]\n{declaration}");

        AssertOne(outcome, "LW0001", remedy);
        Assert.Empty(outcome.HintNames);
    }

    [Fact]
    public void A_nested_class_is_LW0001() =>
        AssertOne(Run("partial class Outer { [Layerwise.Explainer(\"digits.onnx\")] partial class Digits; }"), "LW0001", "move it out of 'Outer'");

    [Fact]
    public void An_unknown_model_is_LW0002_with_the_known_ones_and_the_closest()
    {
        var outcome = Run("[Layerwise.Explainer(\"digit.onnx\")] partial class Digits;");

        AssertOne(outcome, "LW0002", "Did you mean \"digits.onnx\"?", "There is \"models/digits.onnx\".");
        Assert.Equal(["Digits.g.cs"], outcome.HintNames);
    }

    [Fact]
    public void A_far_off_name_gets_no_suggestion() =>
        Assert.DoesNotContain("Did you mean", AssertOne(Run("[Layerwise.Explainer(\"resnet50.onnx\")] partial class Digits;"), "LW0002"), StringComparison.Ordinal);

    [Fact]
    public void Without_any_model_LW0002_says_what_to_add() =>
        AssertOne(
            new UserProject(FakeCompiler.Compile).Source("Digits.cs", "[Layerwise.Explainer(\"digits.onnx\")] partial class Digits;").Run(),
            "LW0002",
            "add <LayerwiseModel Include=\"digits.onnx\" />");

    [Theory]
    [InlineData("digits.onnx")]
    [InlineData("models/digits.onnx")]
    public void A_model_is_named_by_its_path_or_the_end_of_it(string model) =>
        Assert.Empty(Run($"[Layerwise.Explainer(\"{model}\")] partial class Digits;").Diagnostics);

    [Theory]
    [InlineData("igits.onnx")]
    [InlineData("Digits.onnx")]
    [InlineData("/digits.onnx")]
    [InlineData("more/models/digits.onnx")]
    public void Half_a_name_or_another_case_is_another_model(string model) =>
        AssertOne(Run($"[Layerwise.Explainer(\"{model}\")] partial class Digits;"), "LW0002");

    [Fact]
    public void Several_models_of_one_name_are_LW0003()
    {
        var project = Project("[Layerwise.Explainer(\"digits.onnx\")] partial class Digits;")
            .Manifest("/obj/2.lwgraph", Manifest.Replace("models", "old", StringComparison.Ordinal));

        AssertOne(project.Run(), "LW0003", "\"models/digits.onnx\", \"old/digits.onnx\"", "Write more of the path");
    }

    [Fact]
    public void A_whole_path_is_not_ambiguous_with_a_longer_one()
    {
        var project = Project("[Layerwise.Explainer(\"models/digits.onnx\")] partial class Digits;")
            .Manifest("/obj/2.lwgraph", Manifest.Replace("models", "old/models", StringComparison.Ordinal));

        Assert.Empty(project.Run().Diagnostics);
    }

    [Fact]
    public void A_model_name_is_read_with_its_escapes()
    {
        var project = new UserProject(FakeCompiler.Compile)
            .Source("Digits.cs", "[Layerwise.Explainer(\"zwölf \\\"z\\\".onnx\")] partial class Digits;")
            .Manifest("/obj/1.lwgraph", """
                layerwise-graph 1
                file "zw\u00F6lf \"z\".onnx"

                """);

        Assert.Empty(project.Run().Diagnostics);
    }

    [Theory]
    [InlineData("\"\"", "name is empty")]
    [InlineData("null!", "name is empty")]
    [InlineData("\"digits.onnx\", Epsilon = 0", "Epsilon is 0")]
    [InlineData("\"digits.onnx\", Epsilon = -1e-3", "Epsilon is -0.001")]
    [InlineData("\"digits.onnx\", Epsilon = double.NaN", "Epsilon is NaN")]
    [InlineData("\"digits.onnx\", Epsilon = double.PositiveInfinity", "Epsilon is Infinity")]
    [InlineData("\"digits.onnx\", Composite = (Composite)99", "Composite is 99", "EpsilonPlusFlat")]
    [InlineData("\"digits.onnx\", Method = (Method)(-1)", "Method is -1", "Gradient")]
    [InlineData("\"digits.onnx\"), LayerRule(\"\", Rule.Pass", "names no layers")]
    [InlineData("\"digits.onnx\"), LayerRule(\"fc\", (Rule)99", "Rule is 99", "Epsilon")]
    [InlineData("\"digits.onnx\"), ImageInput(Order = (ChannelOrder)9", "Order is 9", "Bgr")]
    [InlineData("\"digits.onnx\"), ImageInput(Fit = (ImageFit)9", "Fit is 9", "CenterCrop")]
    [InlineData("\"digits.onnx\"), LayerRule(\"fc\", Rule.Pass, Position = (LayerPosition)9", "Position is 9", "First")]
    public void A_bad_argument_is_LW0004(string arguments, params string[] says)
    {
        var outcome = Run($"using Layerwise;\n[Explainer({arguments})]\npartial class Digits;");

        AssertOne(outcome, "LW0004", says);
        Assert.Equal(["Digits.g.cs"], outcome.HintNames);
    }

    [Fact]
    public void An_input_that_is_declared_twice_is_LW0006() =>
        AssertOne(Run("using Layerwise;\n[Explainer(\"digits.onnx\"), ImageInput, TableInput]\npartial class Digits;"), "LW0006", "declared 2 times");

    [Fact]
    public void An_unreadable_manifest_is_LW0005()
    {
        var project = new UserProject((_, _) => throw new FormatException("Line 2 is no record."))
            .Source("Digits.cs", "[Layerwise.Explainer(\"digits.onnx\")] partial class Digits;")
            .Manifest("/obj/digits.onnx.lwgraph", "layerwise-graph 99\nrubbish");

        var outcome = project.Run();

        AssertOne(outcome, "LW0005", "Line 2 is no record.");
        Assert.Equal(["Digits.g.cs"], outcome.HintNames);
    }

    [Fact]
    public void An_exception_in_the_compiler_is_LW0900_and_spares_the_other_explainers()
    {
        var project = new UserProject((manifest, spec) => spec.ClassName == "Digits" ? throw new InvalidOperationException("boom") : FakeCompiler.Compile(manifest, spec))
            .Source("Digits.cs", "[Layerwise.Explainer(\"digits.onnx\")] partial class Digits;")
            .Source("Fine.cs", "[Layerwise.Explainer(\"digits.onnx\")] partial class Fine;")
            .Manifest("/obj/digits.onnx.lwgraph", Manifest);

        var outcome = project.Run();

        AssertOne(outcome, "LW0900", "System.InvalidOperationException", "boom");
        Assert.Equal(["Digits.g.cs", "Fine.Network.g.cs", "Fine.g.cs"], outcome.HintNames);
    }

    [Theory]
    [InlineData("LW0006")]
    [InlineData("LW0007")]
    [InlineData("LW0008")]
    [InlineData("LW0201")]
    [InlineData("LW0202")]
    [InlineData("LW0203")]
    [InlineData("LW0204")]
    [InlineData("LW0205")]
    [InlineData("LW0206")]
    [InlineData("LW0207")]
    [InlineData("LW0301")]
    [InlineData("LW0302")]
    [InlineData("LW0303")]
    [InlineData("LW0304")]
    [InlineData("LW0305")]
    public void A_problem_of_the_compiler_is_reported_at_the_attribute(string id) =>
        AssertOne(Failing(new Problem(id, "node 'x' is wrong")).Run(), id, "node 'x' is wrong");

    [Fact]
    public void All_problems_are_reported_at_once() =>
        Assert.Equal(["LW0201", "LW0205"], Failing(new("LW0201", "a"), new("LW0205", "b")).Run().Diagnostics.Select(d => d.Id).Order());

    [Fact]
    public void A_problem_of_an_id_outside_the_table_is_a_fault() =>
        AssertOne(Failing(new Problem("LW4711", "strange")).Run(), "LW0900", "LW4711", "strange");

    [Fact]
    public void A_name_from_the_model_cannot_break_the_message() =>
        Assert.DoesNotContain(AssertOne(Failing(new Problem("LW0201", "node 'a\r\nProgram.cs(1,1): error' {0}")).Run(), "LW0201", "{0}"), char.IsControl);

    [Fact]
    public void A_pragma_around_the_attribute_suppresses_a_diagnostic()
    {
        var project = new UserProject(FakeCompiler.Failing(new Problem("LW0201", "not yet")))
            .Source("Digits.cs", "#pragma warning disable LW0201\n[Layerwise.Explainer(\"digits.onnx\")] partial class Digits;")
            .Manifest("/obj/digits.onnx.lwgraph", Manifest);

        Assert.DoesNotContain(project.Run().Diagnostics, d => !d.IsSuppressed);
    }

    [Fact]
    public void What_the_attribute_cannot_mean_is_left_to_the_C_sharp_compiler()
    {
        Assert.Empty(Run("[Layerwise.Explainer] partial class Digits;").Diagnostics);
        Assert.Empty(Run("[Layerwise.Explainer(7)] partial class Digits;").Diagnostics);
        Assert.Empty(Run("[Layerwise.Explainer(\"digits.onnx\", Epsilon = \"small\")] partial class Digits;").Diagnostics);
    }

    [Fact]
    public void An_attribute_that_stands_twice_is_used_once()
    {
        var outcome = Project("[Layerwise.Explainer(\"digits.onnx\")] partial class Digits;")
            .Source("Again.cs", "[Layerwise.Explainer(\"digits.onnx\"), Layerwise.Explainer(\"digits.onnx\")] partial class Digits;").Run();

        Assert.Null(outcome.Result.Exception);
        Assert.Equal(["Digits.Network.g.cs", "Digits.g.cs"], outcome.HintNames);
        Assert.Contains(outcome.Output.GetDiagnostics(TestContext.Current.CancellationToken), d => d.Id == "CS0579");
    }

    [Fact]
    public void Classes_whose_names_differ_in_case_alone_get_files_of_their_own()
    {
        var outcome = Project("[Layerwise.Explainer(\"digits.onnx\")] partial class Digits; [Layerwise.Explainer(\"digits.onnx\")] partial class DIGITS;").Run();

        Assert.Null(outcome.Result.Exception);
        Assert.Equal(4, outcome.HintNames.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public void Every_diagnostic_stands_in_the_docs()
    {
        var docs = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "diagnostics.md"));

        Assert.All(Diagnostics.Table, descriptor =>
        {
            Assert.Contains($"## {descriptor.Id}", docs);
            Assert.Equal($"docs/diagnostics.md#{descriptor.Id.ToLowerInvariant()}", descriptor.HelpLinkUri);
        });

        // And no section is of an id that is gone. The LW01xx are the build task's.
        var sections = docs.Where(line => line.StartsWith("## LW", StringComparison.Ordinal)).Select(line => line[3..]).ToList();
        Assert.Equal(sections.Order(), sections);
        Assert.Equal(Diagnostics.Table.Select(d => d.Id).Concat(["LW0101", "LW0102", "LW0103", "LW0104", "LW0105", "LW0106"]).Order(), sections);
    }

    private static UserProject.Outcome Run(string source) => Project(source).Run();

    private static UserProject Project(string source) =>
        new UserProject(FakeCompiler.Compile).Source("Digits.cs", source).Manifest("/obj/digits.onnx.lwgraph", Manifest);

    private static UserProject Failing(params Problem[] problems) => new UserProject(FakeCompiler.Failing(problems))
        .Source("Digits.cs", "[Layerwise.Explainer(\"digits.onnx\")] partial class Digits;")
        .Manifest("/obj/digits.onnx.lwgraph", Manifest);

    private static string AssertOne(UserProject.Outcome outcome, string id, params string[] says)
    {
        Assert.Null(outcome.Result.Exception);
        var diagnostic = Assert.Single(outcome.Diagnostics);
        var message = diagnostic.GetMessage(CultureInfo.InvariantCulture);
        Assert.Equal(id, diagnostic.Id);
        Assert.Equal(DiagnosticSeverity.Error, diagnostic.Severity);
        Assert.Contains("Explainer(", UserProject.Outcome.Under(diagnostic), StringComparison.Ordinal);
        Assert.All(says, text => Assert.Contains(text, message, StringComparison.Ordinal));
        return message;
    }
}
