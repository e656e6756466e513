using System.Text;
using Layerwise.Compiler;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Layerwise.Generator;

/// <summary>Writes the second half of every class that carries <c>[Explainer]</c>.</summary>
/// <remarks>
/// Two pipelines. The first goes from attribute and manifest to source and holds values alone, so that an edit elsewhere
/// changes none of its steps. The second knows where the attributes stand and does nothing but report.
/// </remarks>
[Generator(LanguageNames.CSharp)]
public sealed class ExplainerGenerator : IIncrementalGenerator
{
    private readonly Func<string, ExplainerSpec, CompiledNetwork> _compile;

    /// <summary>The generator as the C# compiler creates it.</summary>
    public ExplainerGenerator()
        : this(NetworkCompiler.Compile)
    {
    }

    internal ExplainerGenerator(Func<string, ExplainerSpec, CompiledNetwork> compile) => _compile = compile;

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var requests = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                ExplainerRequest.AttributeName,
                static (node, _) => ExplainerRequest.IsCandidate(node),
                static (attribute, _) => ExplainerRequest.Read(attribute))
            .SelectMany(static (request, _) => request is null ? Array.Empty<ExplainerRequest>() : [request])
            .WithTrackingName(StepNames.Requests);

        var manifests = context.AdditionalTextsProvider
            .Where(ModelManifest.IsManifest)
            .Select(ModelManifest.Read)
            .WithTrackingName(StepNames.Manifests);

        var networks = requests
            .Combine(manifests.Collect())
            .Select(static (pair, _) => ExplainerOrder.Match(pair.Left, pair.Right))
            .WithTrackingName(StepNames.Orders)
            .Select((order, _) => GeneratedNetwork.From(order, _compile))
            .WithTrackingName(StepNames.Networks);

        var typeNames = networks.Select(static (network, _) => network.TypeName).Collect();
        context.RegisterSourceOutput(networks.Combine(typeNames), static (output, pair) =>
        {
            var hint = HintName(pair.Left.TypeName, pair.Right);
            Add(output, hint + ".Network.g.cs", pair.Left.NetworkSource);
            Add(output, hint + ".g.cs", pair.Left.ExplainerSource);
        });

        var locations = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                ExplainerRequest.AttributeName,
                static (node, _) => ExplainerRequest.IsCandidate(node),
                static (attribute, cancellation) => new AttributeLocation(
                    ExplainerRequest.NameOf(attribute.TargetSymbol),
                    attribute.Attributes[0].ApplicationSyntaxReference?.GetSyntax(cancellation).GetLocation()))
            .WithTrackingName(StepNames.Locations);

        var reports = networks
            .Where(static network => network.Problems.Count > 0)
            .Select(static (network, _) => new ProblemReport(network.TypeName, network.Problems))
            .WithTrackingName(StepNames.Reports);

        context.RegisterSourceOutput(reports.Combine(locations.Collect()), static (output, pair) =>
        {
            var location = pair.Right.FirstOrDefault(l => l.TypeName == pair.Left.TypeName)?.Location ?? Location.None;
            foreach (var problem in pair.Left.Problems)
            {
                output.ReportDiagnostic(Diagnostics.Create(problem, location));
            }
        });
    }

    private static void Add(SourceProductionContext output, string hintName, string? source)
    {
        if (source is not null)
        {
            output.AddSource(hintName, SourceText.From(source, Encoding.UTF8));
        }
    }

    // A hint name is a file name to Roslyn: blind to case, and without some characters that an identifier may have.
    private static string HintName(string typeName, IEnumerable<string> typeNames)
    {
        var name = new StringBuilder();
        foreach (var c in typeName)
        {
            _ = char.IsLetterOrDigit(c) || c is '.' or '_' ? name.Append(c) : name.Append($"-{(int)c:X4}");
        }

        var twins = typeNames.Count(other => string.Equals(other, typeName, StringComparison.OrdinalIgnoreCase) && string.CompareOrdinal(other, typeName) < 0);
        return twins == 0 ? name.ToString() : $"{name}-{twins}";
    }

    private sealed record AttributeLocation(string TypeName, Location? Location);

    private sealed record ProblemReport(string TypeName, EquatableList<Problem> Problems);
}
