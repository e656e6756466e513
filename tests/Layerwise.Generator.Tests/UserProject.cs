using System.Collections.Immutable;
using Layerwise.Compiler;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Layerwise.Generator.Tests;

/// <summary>A user's project in memory: sources, manifests, and the generator that runs over them.</summary>
internal sealed class UserProject
{
    public static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is { } name &&
                (name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal) || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)
                    || name is "netstandard.dll" or "Layerwise.dll" or "Layerwise.Rendering.dll" or "Layerwise.AspNetCore.dll" or "TorchSharp.dll" or "SkiaSharp.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private readonly CSharpParseOptions _parse;
    private CSharpCompilation _compilation;
    private GeneratorDriver _driver;

    /// <param name="compile">Stands in for the compiler; the real one where it is <c>null</c>.</param>
    /// <param name="version">The user's C#.</param>
    public UserProject(Func<string, ExplainerSpec, CompiledNetwork>? compile = null, LanguageVersion version = LanguageVersion.CSharp14)
    {
        _parse = CSharpParseOptions.Default.WithLanguageVersion(version).WithDocumentationMode(DocumentationMode.Diagnose);
        _compilation = CSharpCompilation.Create("Shop", [], References, new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        _driver = CSharpGeneratorDriver.Create(
            [(compile is null ? new ExplainerGenerator() : new ExplainerGenerator(compile)).AsSourceGenerator()],
            parseOptions: _parse,
            driverOptions: new(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
    }

    public UserProject Source(string path, string text)
    {
        var tree = CSharpSyntaxTree.ParseText(SourceText.From(text, System.Text.Encoding.UTF8), _parse, path);
        var old = _compilation.SyntaxTrees.FirstOrDefault(t => t.FilePath == path);
        _compilation = old is null ? _compilation.AddSyntaxTrees(tree) : _compilation.ReplaceSyntaxTree(old, tree);
        return this;
    }

    public UserProject Manifest(string path, string text)
    {
        var file = new MemoryFile(path, text);
        var old = _files.Find(f => f.Path == path);
        _driver = old is null ? _driver.AddAdditionalTexts([file]) : _driver.ReplaceAdditionalText(old, file);
        _files.RemoveAll(f => f.Path == path);
        _files.Add(file);
        return this;
    }

    private readonly List<MemoryFile> _files = [];

    /// <summary>Runs the generator once more, as a build or the next key stroke does.</summary>
    public Outcome Run()
    {
        _driver = _driver.RunGeneratorsAndUpdateCompilation(_compilation, out var output, out var diagnostics, TestContext.Current.CancellationToken);
        return new(_driver.GetRunResult().Results.Single(), diagnostics, output);
    }

    /// <summary>One run's outcome.</summary>
    /// <param name="Result">Steps and sources.</param>
    /// <param name="Diagnostics">What the build would print, after <c>#pragma</c> and options.</param>
    /// <param name="Output">The compilation with the generated sources.</param>
    internal sealed record Outcome(GeneratorRunResult Result, ImmutableArray<Diagnostic> Diagnostics, Compilation Output)
    {
        public string[] HintNames => [.. Result.GeneratedSources.Select(s => s.HintName).Order(StringComparer.Ordinal)];

        public string Text(string hintName) => Result.GeneratedSources.Single(s => s.HintName == hintName).SourceText.ToString();

        /// <summary>Why each value of a step is what it is, in this run.</summary>
        public IncrementalStepRunReason[] Reasons(string step) =>
            [.. Result.TrackedSteps[step].SelectMany(s => s.Outputs).Select(o => o.Reason)];

        /// <summary>The source text under a diagnostic.</summary>
        public static string Under(Diagnostic diagnostic) =>
            diagnostic.Location.SourceTree!.GetText().ToString(diagnostic.Location.SourceSpan);
    }

    private sealed class MemoryFile(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }
}
