using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Layerwise.Generator;

/// <summary>
/// Finds what the editor can put right, and says so where the error stands: LW0009, which nobody sees but the code fixes.
/// </summary>
/// <remarks>
/// Editors ask analyzers alone for what a code fix can mend, and never look at what a source generator reports (dotnet/roslyn issue 67354). The errors
/// themselves stay the generator's: a build without analyzers (RunAnalyzers=false) must not lose them.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class FixableAnalyzer : DiagnosticAnalyzer
{
    private const string RuleAttributeName = "Layerwise.LayerRuleAttribute", ImageAttributeName = "Layerwise.ImageInputAttribute";

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Diagnostics.Fixable);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            var cancellation = start.CancellationToken;
            var models = new Lazy<IReadOnlyCollection<string>>(() => [.. start.Options.AdditionalFiles.Where(ModelManifest.IsManifest).Select(file => ModelManifest.ReadName(file, cancellation))]);
            start.RegisterSymbolAction(symbol => Analyze(symbol, models), SymbolKind.NamedType);
        });
    }

    private static void Analyze(SymbolAnalysisContext context, Lazy<IReadOnlyCollection<string>> models)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (Of(type, ExplainerRequest.AttributeName).FirstOrDefault() is not { } explainer || SyntaxOf(explainer) is not { } at || ExplainerRequest.WhyNever(type) is not null)
        {
            return;
        }

        void Offer(AttributeSyntax place, string fix, string name = "") => context.ReportDiagnostic(Diagnostic.Create(
            Diagnostics.Fixable,
            at.GetLocation(),
            [place.GetLocation()],
            ImmutableDictionary<string, string?>.Empty.Add(Fixable.Fix, fix).Add(Fixable.Name, name),
            fix));

        if (at.FirstAncestorOrSelf<TypeDeclarationSyntax>() is { } declaration && !ExplainerRequest.IsPartial(declaration))
        {
            Offer(at, Fixable.Partial);
        }

        if (explainer.ConstructorArguments is [{ Value: string { Length: > 0 } model }] && !models.Value.Any(path => ModelManifest.EndsIn(path, model)) && ExplainerOrder.Closest(model, models.Value) is { } closest)
        {
            Offer(at, Fixable.Model, closest);
        }

        // The bounds of a picture follow from what it is declared to be.
        if (Of(type, ImageAttributeName).Any())
        {
            return;
        }

        if (explainer.NamedArguments.Any(pair => pair is { Key: "Composite", Value.Kind: TypedConstantKind.Enum } && ExplainerRequest.Member(pair.Key, pair.Value, []) == "EpsilonGammaBox") && LacksBounds(explainer))
        {
            Offer(at, Fixable.Bounds);
        }

        foreach (var rule in Of(type, RuleAttributeName).Where(rule => rule.ConstructorArguments is [_, { Kind: TypedConstantKind.Enum } kind] && ExplainerRequest.Member("Rule", kind, []) == "ZBox" && LacksBounds(rule)))
        {
            if (SyntaxOf(rule) is { } place)
            {
                Offer(place, Fixable.Bounds);
            }
        }

        AttributeSyntax? SyntaxOf(AttributeData attribute) => attribute.ApplicationSyntaxReference?.GetSyntax(context.CancellationToken) as AttributeSyntax;
    }

    private static IEnumerable<AttributeData> Of(INamedTypeSymbol type, string name) => type.GetAttributes().Where(a => a.AttributeClass is { } of && ExplainerRequest.NameOf(of) == name);

    private static bool LacksBounds(AttributeData attribute) => attribute.NamedArguments.Count(pair => pair.Key is "Low" or "High") < 2;
}
