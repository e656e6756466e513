using Layerwise.Compiler;
using Layerwise.Runtime;
using Layerwise.Testing;
using Layerwise.Tool;

namespace Layerwise.Tests;

/// <summary>A network that a test writes as ONNX, emitted, compiled in memory and loaded.</summary>
internal sealed class Emitted : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("layerwise-");
    private readonly ModelHost _host;

    public Emitted(ModelBuilder model, ExplainerSpec? spec = null)
    {
        ModelPath = model.Save(Path.Combine(_folder.FullName, "net.onnx"));
        _host = ModelHost.Load(ModelPath, labels: null, spec ?? Lrp("EpsilonPlus"));
    }

    /// <summary>The backends that a model runs on.</summary>
    public static IReadOnlyList<string> BackendsOf(ModelBuilder model, ExplainerSpec spec)
    {
        var folder = Directory.CreateTempSubdirectory("layerwise-");
        try
        {
            var manifest = ModelHost.Manifest(model.Save(Path.Combine(folder.FullName, "net.onnx")), labels: null);
            return [.. new[] { Compiler.Emit.Backend.Torch, Compiler.Emit.Backend.Managed }.Where(backend => NetworkCompiler.Compile(manifest, spec with { Backend = backend }).Problems.All(p => p.Id != "LW0207"))];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public string ModelPath { get; }

    public Network Network => _host.Network;

    public static ExplainerSpec Lrp(string composite, params Compiler.Relevance.LayerRule[] rules) => new() { ClassName = "Net", Composite = composite, Rules = new(rules) };

    public static ExplainerSpec Gradient { get; } = new() { ClassName = "Net", Method = "gradient" };

    public void Dispose()
    {
        _host.Dispose();
        _folder.Delete(recursive: true);
    }
}
