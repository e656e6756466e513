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
