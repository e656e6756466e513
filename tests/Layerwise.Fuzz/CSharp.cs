using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Layerwise.Fuzz;

/// <summary>The C# compiler on emitted code, at the oldest language version that it is promised for.</summary>
internal static class CSharp
{
    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.CSharp12);

    private static readonly CSharpCompilationOptions s_options = new(
        OutputKind.DynamicallyLinkedLibrary,
        nullableContextOptions: NullableContextOptions.Enable,
        concurrentBuild: false,
        specificDiagnosticOptions: new Dictionary<string, ReportDiagnostic> { ["CS1701"] = ReportDiagnostic.Suppress, ["CS1702"] = ReportDiagnostic.Suppress });

    private static readonly Lazy<MetadataReference[]> s_references = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && (name.StartsWith("System.", StringComparison.Ordinal) || name is "netstandard.dll" or "Layerwise.dll" or "TorchSharp.dll"))
            .Select(path => MetadataReference.CreateFromFile(path))]);

    /// <summary>The first thing that keeps a text from being C#, or <c>null</c>.</summary>
    public static string? FirstError(string source)
        => Parse(source).GetDiagnostics().FirstOrDefault(d => d.Severity >= DiagnosticSeverity.Warning) is { } error
            ? $"{error}\n{source.Split('\n')[error.Location.GetLineSpan().StartLinePosition.Line]}"
            : null;

    /// <summary>Errors and warnings of all the sources together.</summary>
    public static IReadOnlyList<string> Compile(IEnumerable<string> sources)
    {
        var compilation = CSharpCompilation.Create("Layerwise.Mutants", sources.Select(Parse), s_references.Value, s_options);
        return [.. compilation.Emit(Stream.Null).Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString())];
    }

    private static SyntaxTree Parse(string source) => CSharpSyntaxTree.ParseText(source, s_parse);
}
