using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using Layerwise.Compiler;
using Layerwise.Runtime;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace Layerwise.Tool;

/// <summary>Emitted networks, compiled in memory by Roslyn; unloaded when disposed, after the networks themselves.</summary>
internal sealed class NetworkAssembly : IDisposable
{
    private static readonly CSharpCompilationOptions Options = new(
        OutputKind.DynamicallyLinkedLibrary,
        optimizationLevel: OptimizationLevel.Release,
        nullableContextOptions: NullableContextOptions.Enable,
        specificDiagnosticOptions: new Dictionary<string, ReportDiagnostic>
        {
            // The SDK's own choice: a library built for an older framework runs on this one.
            ["CS1701"] = ReportDiagnostic.Suppress,
            ["CS1702"] = ReportDiagnostic.Suppress,
        });

    private static readonly Lazy<IReadOnlyList<MetadataReference>> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name
                && (name.StartsWith("System.", StringComparison.Ordinal) || name is "netstandard.dll" or "Layerwise.dll" or "TorchSharp.dll"))
            .Select(path => MetadataReference.CreateFromFile(path))]);

    private readonly AssemblyLoadContext _context = new("layerwise", isCollectible: true);
    private readonly Assembly _assembly;

    private NetworkAssembly(Stream image) => _assembly = _context.LoadFromStream(image);

    /// <summary>Compiles any number of networks, each with a type name of its own, into one assembly.</summary>
    /// <exception cref="ToolException">A network has problems, or its text does not compile without a warning (LW0900).</exception>
    public static NetworkAssembly Build(params IReadOnlyList<CompiledNetwork> networks)
    {
        var parse = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            $"Layerwise.Emitted.{Guid.NewGuid():N}",
            networks.Select(network => CSharpSyntaxTree.ParseText(network.NetworkSource ?? throw Refusal(network), parse, path: network.NetworkTypeName + ".cs", Encoding.UTF8)),
            References.Value,
            Options);

        using var image = new MemoryStream();
        var result = compilation.Emit(image, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.Embedded));
        string[] complaints = [.. result.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => $"LW0900: {d}")];
        if (!result.Success || complaints.Length > 0)
        {
            throw new ToolException(["LW0900: the emitted code does not compile cleanly; this is a fault of Layerwise, please report it with the model", .. complaints]);
        }

        image.Position = 0;
        return new NetworkAssembly(image);
    }

    /// <summary>Creates one of the networks with its weights.</summary>
    public Network Create(CompiledNetwork network, Weights weights)
    {
        var type = _assembly.GetType(network.NetworkTypeName, throwOnError: true)!;
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DoNotWrapExceptions;
        return (Network)Activator.CreateInstance(type, Any, binder: null, [weights], culture: null)!;
    }

    public void Dispose() => _context.Unload();

    /// <summary>Says what is wrong with a model, all of it.</summary>
    public static ToolException Refusal(CompiledNetwork network)
        => new([.. network.Problems.Select(problem => $"{problem.Id}: {problem.Message}")]);
}
