using Layerwise.Compiler;

namespace Layerwise.Generator.Tests;

/// <summary>Stands in for the compiler where a test is about the pipeline around it.</summary>
internal static class FakeCompiler
{
    public static CompiledNetwork Compile(string manifest, ExplainerSpec spec) => Result(
        spec,
        networkSource: $"// {spec.Composite} {spec.Epsilon} of\n// {manifest.Replace("\n", "\n// ", StringComparison.Ordinal)}");

    public static Func<string, ExplainerSpec, CompiledNetwork> Failing(params Problem[] problems) =>
        (_, spec) => Result(spec, networkSource: null, problems);

    private static CompiledNetwork Result(ExplainerSpec spec, string? networkSource, params Problem[] problems) => new()
    {
        Inputs = [],
        Outputs = [],
        Layers = [],
        Labels = [],
        Problems = problems,
        Notes = [],
        NetworkSource = networkSource,
        ExplainerSource = $"{(spec.Namespace.Length > 0 ? $"namespace {spec.Namespace};" : "")} partial class {spec.ClassName};",
        NetworkTypeName = "Network",
    };
}
