using Layerwise.Compiler;
using Layerwise.Runtime;
using Layerwise.Testing;
using Layerwise.Tool;

namespace Layerwise.Tests.Numerics;

/// <summary>Models of the tests, compiled together, with their files; gone when disposed.</summary>
internal sealed class Workbench : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("layerwise-tests");
    private readonly Dictionary<string, (string Path, CompiledNetwork Compiled)> _models = [];
    private NetworkAssembly? _assembly;

    /// <summary>Adds a model under a name, to be compiled as asked.</summary>
    public Workbench Add(string name, ModelBuilder model, ExplainerSpec? spec = null)
    {
        var problems = TryAdd(name, model, spec);
        Assert.True(problems.Count == 0, $"{name}: {string.Join("; ", problems)}");
        return this;
    }

    /// <summary>Adds a model that may be refused: its problems, none where it is added.</summary>
    public IReadOnlyList<Problem> TryAdd(string name, ModelBuilder model, ExplainerSpec? spec = null)
    {
        var path = model.Save(Path.Combine(_folder.FullName, name + ".onnx"));
        var compiled = NetworkCompiler.Compile(ModelHost.Manifest(path, labels: null), (spec ?? new ExplainerSpec { ClassName = name }) with { ClassName = name });
        if (compiled.Problems.Count == 0)
        {
            _models.Add(name, (path, compiled));
        }

        return compiled.Problems;
    }

    public CompiledNetwork Compiled(string name) => _models[name].Compiled;

    /// <summary>The network of a model, with its weights; the caller's to dispose. The first call compiles all of them.</summary>
    /// <param name="name">The model.</param>
    /// <param name="path">Another file to take the weights from.</param>
    public Network Create(string name, string? path = null)
    {
        _assembly ??= NetworkAssembly.Build([.. _models.Values.Select(m => m.Compiled)]);
        return Network.Create(Weights.Open(path ?? _models[name].Path), weights => _assembly.Create(_models[name].Compiled, weights));
    }

    public void Dispose()
    {
        _assembly?.Dispose();
        _folder.Delete(recursive: true);
    }
}
