using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Layerwise.Package.Tests;

/// <summary>Layers look left only: who may reference whom.</summary>
public sealed class ArchitectureTests
{
    // Left to right. A layer's types may use its own and those further left.
    private static readonly string[] CompilerLayers = ["Manifest", "Ir", "Ops", "Passes", "Relevance", "Inputs", "Emit"];

    [Theory]
    [InlineData("generators/Layerwise.Compiler", "netstandard2.0")]
    [InlineData("generators/Layerwise.Generator", "netstandard2.0", "Layerwise.Compiler", "Microsoft.CodeAnalysis", "Microsoft.CodeAnalysis.CSharp", "System.Collections.Immutable", "System.Memory")]
    [InlineData("generators/Layerwise.CodeFixes", "netstandard2.0", "Microsoft.CodeAnalysis", "Microsoft.CodeAnalysis.CSharp", "Microsoft.CodeAnalysis.Workspaces", "System.Collections.Immutable")]
    [InlineData("src/Layerwise.Onnx", "netstandard2.0", "Google.Protobuf", "System.Memory")]
    [InlineData("src/Layerwise.Tasks", "netstandard2.0", "Layerwise.Onnx", "Microsoft.Build.Framework", "Microsoft.Build.Utilities.Core")]
    [InlineData("src/Layerwise", "net10.0", "TorchSharp")]
    [InlineData("src/Layerwise.Oracle", "net10.0", "Google.Protobuf")]
    [InlineData("src/Layerwise.Rendering", "net10.0", "Layerwise", "SkiaSharp", "TorchSharp")]
    [InlineData("src/Layerwise.AspNetCore", "net10.0", "Layerwise", "Layerwise.Rendering", "TorchSharp", "Microsoft.AspNetCore.Diagnostics.HealthChecks", "Microsoft.AspNetCore.Hosting.Abstractions", "Microsoft.AspNetCore.Http", "Microsoft.AspNetCore.Http.Abstractions", "Microsoft.AspNetCore.Http.Extensions", "Microsoft.AspNetCore.Http.Features", "Microsoft.AspNetCore.Http.Results", "Microsoft.AspNetCore.OpenApi", "Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.Routing.Abstractions", "Microsoft.AspNetCore.WebUtilities", "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Diagnostics", "Microsoft.Extensions.Diagnostics.Abstractions", "Microsoft.Extensions.Diagnostics.HealthChecks", "Microsoft.Extensions.Diagnostics.HealthChecks.Abstractions", "Microsoft.Extensions.Features", "Microsoft.Extensions.Hosting.Abstractions", "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Options", "Microsoft.Extensions.Primitives", "Microsoft.Net.Http.Headers", "Microsoft.OpenApi")]
    [InlineData("src/Layerwise.Tool", "net10.0", "Layerwise", "Layerwise.Compiler", "Layerwise.Onnx", "Layerwise.Oracle", "Layerwise.Rendering", "Microsoft.CodeAnalysis", "Microsoft.CodeAnalysis.CSharp", "SkiaSharp", "Spectre.Console", "Spectre.Console.Ansi", "System.CommandLine", "TorchSharp")]
    public void An_assembly_references_only_what_its_layer_may(string project, string framework, params string[] allowed)
    {
        // The platform: one assembly for .NET Standard, many for .NET itself.
        var strangers = ReferencesOf(project, framework)
            .Where(name => !(framework == "netstandard2.0" ? name == "netstandard" : name.StartsWith("System.", StringComparison.Ordinal) || name == "Microsoft.CSharp"))
            .Except(allowed);

        Assert.Empty(strangers);
    }

    [Fact]
    public void Within_the_compiler_layers_look_left_only()
    {
        var compilation = Compile("generators/Layerwise.Compiler");
        Assert.DoesNotContain(compilation.GetDiagnostics(TestContext.Current.CancellationToken), d => d.Severity == DiagnosticSeverity.Error);

        var used = new HashSet<string>();
        var looksRight = new List<string>();
        foreach (var tree in compilation.SyntaxTrees)
        {
            var model = compilation.GetSemanticModel(tree);
            foreach (var declaration in tree.GetRoot(TestContext.Current.CancellationToken).DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>())
            {
                // What is declared in the root itself uses every layer.
                if (LayerOf((INamespaceSymbol?)model.GetDeclaredSymbol((SyntaxNode)declaration, TestContext.Current.CancellationToken)) is not { } own)
                {
                    continue;
                }

                used.Add(own);
                foreach (var name in declaration.DescendantNodes().OfType<SimpleNameSyntax>())
                {
                    var symbol = model.GetSymbolInfo(name, TestContext.Current.CancellationToken).Symbol;
                    if ((symbol as INamedTypeSymbol ?? symbol?.ContainingType) is { } type && IsRightOf(type, own))
                    {
                        looksRight.Add($"{Path.GetFileName(tree.FilePath)}({name.GetLocation().GetLineSpan().StartLinePosition.Line + 1}): {own} uses {type}");
                    }
                }
            }
        }

        Assert.Equal(CompilerLayers.Order(), used.Order());
        Assert.True(looksRight.Count == 0, string.Join('\n', looksRight.Distinct()));
    }

    // The plain values in the root are for all; its entry is right of everything.
    private static bool IsRightOf(INamedTypeSymbol type, string layer) => LayerOf(type.ContainingNamespace) is { } other
        ? Array.IndexOf(CompilerLayers, other) is var place && (place < 0 || place > Array.IndexOf(CompilerLayers, layer))
        : type.ToString() == "Layerwise.Compiler.NetworkCompiler";

    private static string? LayerOf(INamespaceSymbol? ns) =>
        ns?.ToString()!.Split('.') is ["Layerwise", "Compiler", var layer, ..] ? layer : null;

    private static IEnumerable<string> ReferencesOf(string project, string framework)
    {
        var file = Repository.PathOf(project, "bin", Repository.Configuration, framework, Path.GetFileName(project) + ".dll");
        using var image = new PEReader(File.OpenRead(file));
        var metadata = image.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }

    private static CSharpCompilation Compile(string project)
    {
        var parse = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview);
        var trees = Directory.EnumerateFiles(Repository.PathOf(project), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Concat(LinkedFiles(project))
            .Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), parse, path))
            .Append(CSharpSyntaxTree.ParseText("global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;", parse));
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path));
        return CSharpCompilation.Create(
            "Compiler", trees, references, new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
    }

    /// <summary>Files of other folders that the project compiles as its own.</summary>
    private static IEnumerable<string> LinkedFiles(string project) => XDocument.Load(Repository.PathOf(project, Path.GetFileName(project) + ".csproj"))
        .Descendants("Compile").Select(compile => (string?)compile.Attribute("Include")).OfType<string>().Select(file => Repository.PathOf(project, file));
}
