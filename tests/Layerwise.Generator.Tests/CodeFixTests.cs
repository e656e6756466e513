using System.Collections.Immutable;
using Layerwise.CodeFixes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Layerwise.Generator.Tests;

/// <summary>What an editor offers at an explainer's error: the source before and after.</summary>
public sealed class CodeFixTests
{
    private const string Digits = "layerwise-graph 1\nfile \"models/digits.onnx\"\n";

    [Theory]
    [InlineData("[Explainer(\"digits.onnx\")]\npublic class Net;", "[Explainer(\"digits.onnx\")]\npublic partial class Net;")]
    [InlineData("[Explainer(\"digits.onnx\")]\nclass Net;", "[Explainer(\"digits.onnx\")]\npartial class Net;")]
    [InlineData("/// <summary>Digits.</summary>\n[Explainer(\"digits.onnx\")]\n    // of the shop\n    sealed class Net { }", "/// <summary>Digits.</summary>\n[Explainer(\"digits.onnx\")]\n    // of the shop\n    sealed partial class Net { }")]
    public Task A_class_is_made_partial(string before, string after) => Fixes("Make 'Net' partial", before, after);

    [Theory]
    [InlineData("[Explainer(\"digit.onnx\")] partial class Net;", "[Explainer(\"digits.onnx\")] partial class Net;", "digits.onnx")]
    [InlineData("[Explainer(model: \"Digits.onnx\", Epsilon = 1e-3)] partial class Net;", "[Explainer(model: \"digits.onnx\", Epsilon = 1e-3)] partial class Net;", "digits.onnx")]
    [InlineData("[Explainer(\"model/digits.onnx\")] partial class Net;", "[Explainer(\"models/digits.onnx\")] partial class Net;", "models/digits.onnx")]
    public Task The_closest_model_is_named(string before, string after, string name) => Fixes($"Name the model \"{name}\"", before, after);

    [Fact]
    public async Task A_name_that_several_models_end_in_is_offered_whole()
        => await Fixes(
            "Name the model \"models/digits.onnx\"",
            "[Explainer(\"digit.onnx\")] partial class Net;",
            "[Explainer(\"models/digits.onnx\")] partial class Net;",
            Digits,
            Digits.Replace("models", "older-models", StringComparison.Ordinal));

    [Theory]
    [InlineData(
        "[Explainer(\"digits.onnx\", Composite = Composite.EpsilonGammaBox)] partial class Net;",
        "[Explainer(\"digits.onnx\", Composite = Composite.EpsilonGammaBox, Low = new[] { 0.0 }, High = new[] { 1.0 })] partial class Net;")]
    [InlineData(
        "[Explainer(\"digits.onnx\", Composite = Composite.EpsilonGammaBox, Low = new[] { -1.0 })] partial class Net;",
        "[Explainer(\"digits.onnx\", Composite = Composite.EpsilonGammaBox, Low = new[] { -1.0 }, High = new[] { 1.0 })] partial class Net;")]
    [InlineData(
        "[Explainer(\"digits.onnx\")]\n[LayerRule(\"conv1\", Rule.ZBox)]\npartial class Net;",
        "[Explainer(\"digits.onnx\")]\n[LayerRule(\"conv1\", Rule.ZBox, Low = new[] { 0.0 }, High = new[] { 1.0 })]\npartial class Net;")]
    public Task Missing_bounds_are_added(string before, string after) => Fixes("Add Low and High, the bounds of the values that the layer reads", before, after);

    [Theory]
    [InlineData("[Explainer(\"digits.onnx\")] partial class Net;")]
    [InlineData("[Explainer(\"digits.onnx\", Composite = Composite.EpsilonGammaBox), ImageInput] partial class Net;")]
    [InlineData("[Explainer(\"digits.onnx\", Composite = Composite.EpsilonGammaBox, Low = new[] { 0.0 }, High = new[] { 1.0 })] partial class Net;")]
    [InlineData("[Explainer(\"digits.onnx\")] abstract class Net;")]
    [InlineData("[Explainer(\"\")] partial class Net;")]
    [InlineData("class Net;")]
    public async Task Nothing_is_offered_where_nothing_can_be_mended(string source) => Assert.Empty((await Offers(source, Digits)).Diagnostics);

    [Fact]
    public async Task Without_a_model_none_is_offered() => Assert.Empty((await Offers("[Explainer(\"digits.onnx\")] partial class Net;")).Diagnostics);

    [Fact]
    public async Task An_offer_is_hidden_and_stands_where_the_error_does()
    {
        var (_, diagnostics) = await Offers("[Explainer(\"digits.onnx\"), LayerRule(\"conv1\", Rule.ZBox)] partial class Net;", Digits);
        var offer = Assert.Single(diagnostics);
        Assert.Equal(DiagnosticSeverity.Hidden, offer.Severity);
        Assert.Equal("Explainer(\"digits.onnx\")", UserProject.Outcome.Under(offer));
    }

    private static async Task Fixes(string title, string before, string after, params string[] manifests)
    {
        var (document, diagnostics) = await Offers(before, manifests.Length > 0 ? manifests : [Digits]);
        var actions = new List<CodeAction>();
        await new ExplainerCodeFixes().RegisterCodeFixesAsync(new CodeFixContext(document, Assert.Single(diagnostics), (action, _) => actions.Add(action), TestContext.Current.CancellationToken));

        var action = Assert.Single(actions);
        Assert.Equal(title, action.Title);
        var operations = await action.GetOperationsAsync(TestContext.Current.CancellationToken);
        var changed = Assert.IsType<ApplyChangesOperation>(Assert.Single(operations)).ChangedSolution.GetDocument(document.Id)!;
        Assert.Equal(Head + after, (await changed.GetTextAsync(TestContext.Current.CancellationToken)).ToString());
    }

    private const string Head = "using Layerwise;\n";

    private static async Task<(Document Document, ImmutableArray<Diagnostic> Diagnostics)> Offers(string source, params string[] manifests)
    {
        var workspace = new AdhocWorkspace();
        var project = workspace.AddProject("Shop", LanguageNames.CSharp)
            .WithMetadataReferences(UserProject.References)
            .WithCompilationOptions(new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        foreach (var (i, manifest) in manifests.Index())
        {
            project = project.AddAdditionalDocument($"{i}.lwgraph", SourceText.From(manifest), filePath: $"/obj/{i}.lwgraph").Project;
        }

        var document = project.AddDocument("Net.cs", SourceText.From(Head + source), filePath: "/Net.cs");
        var compilation = await document.Project.GetCompilationAsync(TestContext.Current.CancellationToken);
        var diagnostics = await compilation!.WithAnalyzers([new FixableAnalyzer()], document.Project.AnalyzerOptions).GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
        Assert.All(diagnostics, diagnostic => Assert.Equal(Fixable.Id, diagnostic.Id));
        return (document, diagnostics);
    }
}
