using Layerwise.Compiler;
using Layerwise.Onnx;
using Layerwise.Runtime;

namespace Layerwise.Tool;

/// <summary>A model file, compiled by the same compiler as at build time, loaded and ready to run.</summary>
internal sealed class ModelHost : IDisposable
{
    private readonly NetworkAssembly _assembly;
    private readonly Weights _weights;

    private ModelHost(CompiledNetwork compiled, NetworkAssembly assembly, Weights weights)
        => (Compiled, _assembly, _weights, Network) = (compiled, assembly, weights, assembly.Create(compiled, weights));

    public CompiledNetwork Compiled { get; }

    public Network Network { get; }

    /// <summary>Compiles a model to C#. The result may have problems instead of a source.</summary>
    /// <param name="modelPath">An .onnx file.</param>
    /// <param name="labels">A labels file, one class a line, or <c>null</c>.</param>
    /// <exception cref="OnnxException">The model or the labels file cannot be read.</exception>
    public static CompiledNetwork Compile(string modelPath, string? labels, ExplainerSpec spec)
        => NetworkCompiler.Compile(Manifest(modelPath, labels), spec);

    /// <summary>The model's graph as the compiler sees it.</summary>
    public static string Manifest(string modelPath, string? labels)
        => OnnxManifest.Read(modelPath, Path.GetFileName(modelPath), labels);

    /// <summary>Compiles a model and loads it with its weights onto the CPU.</summary>
    /// <exception cref="ToolException">The model has problems, one line each.</exception>
    /// <exception cref="LibTorchException">libtorch cannot be loaded.</exception>
    public static ModelHost Load(string modelPath, string? labels, ExplainerSpec spec)
    {
        LibTorch.Load();
        var compiled = Compile(modelPath, labels, spec);
        var assembly = NetworkAssembly.Build(compiled);
        Weights? weights = null;
        try
        {
            weights = Weights.Open(modelPath, TorchSharp.torch.CPU);
            return new ModelHost(compiled, assembly, weights);
        }
        catch
        {
            weights?.Dispose();
            assembly.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Network.Dispose();
        _weights.Dispose();
        _assembly.Dispose();
    }
}
