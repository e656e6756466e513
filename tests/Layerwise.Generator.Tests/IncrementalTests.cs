using System.Collections;
using System.Reflection;
using Layerwise.Compiler;
using Microsoft.CodeAnalysis;
using static Microsoft.CodeAnalysis.IncrementalStepRunReason;

namespace Layerwise.Generator.Tests;

public sealed class IncrementalTests
{
    private const string Digits = """
        using Layerwise;
        namespace Shop;
        [Explainer("digits.onnx", Composite = Composite.EpsilonPlus)]
        public partial class Digits;
        """;

    private static readonly string[] SpecSteps = [StepNames.Requests, StepNames.Manifests, StepNames.Orders, StepNames.Networks];

    [Fact]
    public void An_edit_in_another_file_changes_no_step()
    {
        var project = Project();
        project.Run();

        var outcome = project.Source("Other.cs", "class Other { int edited; }").Run();

        Assert.All(outcome.Result.TrackedSteps.Keys.Where(IsOurs), step => AssertUnchanged(outcome, step));
        Assert.All(
            outcome.Result.TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs),
            o => Assert.True(o.Reason is Cached or Unchanged, $"an output is {o.Reason}"));
    }

    [Fact]
    public void An_edit_in_the_same_file_moves_the_location_alone()
    {
        var project = Project(FakeCompiler.Failing(new Problem("LW0201", "not yet")));
        project.Run();

        var outcome = project.Source("Digits.cs", "// a line more\n" + Digits).Run();

        Assert.All([.. SpecSteps, StepNames.Reports], step => AssertUnchanged(outcome, step));
        Assert.Equal([Modified], outcome.Reasons(StepNames.Locations));
        Assert.Equal(3, Assert.Single(outcome.Diagnostics).Location.GetLineSpan().StartLinePosition.Line);
    }

    [Fact]
    public void A_project_without_problems_looks_up_no_location()
    {
        var outcome = Project().Run();

        Assert.DoesNotContain(StepNames.Locations, outcome.Result.TrackedSteps.Keys);
    }

    [Fact]
    public void An_edit_of_another_models_graph_compiles_nothing_again()
    {
        var project = Project();
        project.Run();

        var outcome = project.Manifest("/obj/faces.onnx.lwgraph", Manifest("models/faces.onnx") + "opset \"\" 14\n").Run();

        Assert.Contains(Modified, outcome.Reasons(StepNames.Manifests));
        AssertUnchanged(outcome, StepNames.Orders);
        AssertUnchanged(outcome, StepNames.Networks);
    }

    [Fact]
    public void A_manifest_written_again_with_the_same_text_changes_no_step()
    {
        var project = Project();
        project.Run();

        var outcome = project.Manifest("/obj/digits.onnx.lwgraph", Manifest("models/digits.onnx")).Run();

        Assert.All(SpecSteps, step => AssertUnchanged(outcome, step));
    }

    [Fact]
    public void Another_composite_compiles_this_explainer_again()
    {
        var project = Project();
        var before = project.Run().Text("Shop.Digits.Network.g.cs");

        var outcome = project.Source("Digits.cs", Digits.Replace("EpsilonPlus)", "EpsilonPlusFlat)", StringComparison.Ordinal)).Run();

        Assert.Equal([Modified], outcome.Reasons(StepNames.Requests));
        Assert.Equal([Modified], outcome.Reasons(StepNames.Networks));
        Assert.NotEqual(before, outcome.Text("Shop.Digits.Network.g.cs"));
    }

    [Fact]
    public void Another_graph_compiles_its_explainer_again()
    {
        var project = Project();
        project.Run();

        var outcome = project.Manifest("/obj/digits.onnx.lwgraph", Manifest("models/digits.onnx") + "opset \"\" 14\n").Run();

        Assert.Equal([Modified], outcome.Reasons(StepNames.Networks));
        Assert.Contains("opset \"\" 14", outcome.Text("Shop.Digits.Network.g.cs"), StringComparison.Ordinal);
    }

    [Fact]
    public void No_step_keeps_a_compilation_alive()
    {
        var outcome = Project().Source("Broken.cs", "[Layerwise.Explainer(\"nosuch.onnx\")] partial class Broken;").Run();

        foreach (var (name, steps) in outcome.Result.TrackedSteps.Where(s => IsOurs(s.Key)))
        {
            var values = steps.SelectMany(s => s.Outputs).Select(o => o.Value).ToList();
            Assert.NotEmpty(values);
            foreach (var value in values)
            {
                AssertPlain(value, name, mayHoldLocation: name == StepNames.Locations, []);
            }
        }
    }

    [Fact]
    public void The_same_project_gives_the_same_sources_in_any_order_of_its_files()
    {
        var first = new UserProject(FakeCompiler.Compile)
            .Source("A.cs", "[Layerwise.Explainer(\"digits.onnx\")] partial class A;").Source("Digits.cs", Digits)
            .Manifest("/obj/faces.onnx.lwgraph", Manifest("models/faces.onnx")).Manifest("/obj/digits.onnx.lwgraph", Manifest("models/digits.onnx")).Run();
        var second = new UserProject(FakeCompiler.Compile)
            .Source("Digits.cs", Digits).Source("A.cs", "[Layerwise.Explainer(\"digits.onnx\")] partial class A;")
            .Manifest("/obj/digits.onnx.lwgraph", Manifest("models/digits.onnx")).Manifest("/obj/faces.onnx.lwgraph", Manifest("models/faces.onnx")).Run();

        Assert.Equal(["A.Network.g.cs", "A.g.cs", "Shop.Digits.Network.g.cs", "Shop.Digits.g.cs"], first.HintNames);
        Assert.Equal(first.HintNames, second.HintNames);
        Assert.All(first.HintNames, hint => Assert.Equal(first.Text(hint), second.Text(hint)));
    }

    private static UserProject Project(Func<string, ExplainerSpec, CompiledNetwork>? compile = null) => new UserProject(compile ?? FakeCompiler.Compile)
        .Source("Digits.cs", Digits)
        .Source("Other.cs", "class Other;")
        .Manifest("/obj/digits.onnx.lwgraph", Manifest("models/digits.onnx"))
        .Manifest("/obj/faces.onnx.lwgraph", Manifest("models/faces.onnx"));

    private static string Manifest(string file) => $"layerwise-graph 1\nfile \"{file}\"\n";

    private static bool IsOurs(string step) => typeof(StepNames).GetFields().Any(f => (string?)f.GetRawConstantValue() == step);

    private static void AssertUnchanged(UserProject.Outcome outcome, string step)
    {
        var reasons = outcome.Reasons(step);
        Assert.NotEmpty(reasons);
        Assert.All(reasons, reason => Assert.True(reason is Cached or Unchanged, $"{step} is {reason}"));
    }

    private static void AssertPlain(object? value, string step, bool mayHoldLocation, HashSet<object> seen)
    {
        if (value is null or string || value.GetType() is { IsPrimitive: true } or { IsEnum: true } || (mayHoldLocation && value is Location) || !seen.Add(value))
        {
            return;
        }

        Assert.False(value is ISymbol or SyntaxNode or SyntaxTree or SyntaxReference or Compilation or SemanticModel or Location or AdditionalText, $"{step} holds a {value.GetType()}");
        if (value is IEnumerable items)
        {
            foreach (var item in items)
            {
                AssertPlain(item, step, mayHoldLocation, seen);
            }

            return;
        }

        foreach (var field in value.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            AssertPlain(field.GetValue(value), step, mayHoldLocation, seen);
        }
    }
}
