using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.OnnxRuntime;

/// <summary>A model in ONNX Runtime.</summary>
internal sealed class Runtime : IDisposable
{
    private static readonly RunOptions Options = new();

    private readonly InferenceSession _session;

    public Runtime(byte[] model)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        _session = new InferenceSession(model, options);
    }

    /// <summary>The model's outputs, in its order.</summary>
    public IReadOnlyList<Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs)
    {
        var names = _session.InputMetadata.Keys.ToList();
        var values = names.Select(name => Value(inputs[name])).ToList();
        try
        {
            using var outputs = _session.Run(Options, names, values, _session.OutputNames);
            return [.. outputs.Select(Tensor)];
        }
        finally
        {
            values.ForEach(v => v.Dispose());
        }
    }

    public void Dispose() => _session.Dispose();

    private static OrtValue Value(Tensor tensor)
    {
        using var packed = tensor.contiguous();
        return packed.dtype switch
        {
            ScalarType.Float32 => Of<float>(),
            ScalarType.Float64 => Of<double>(),
            ScalarType.Int32 => Of<int>(),
            ScalarType.Int64 => Of<long>(),
            ScalarType.Bool => Of<bool>(),
            var type => throw new NotSupportedException($"inputs of type {type}"),
        };

        OrtValue Of<T>()
            where T : unmanaged
            => OrtValue.CreateTensorValueFromMemory(packed.data<T>().ToArray(), packed.shape);
    }

    private static Tensor Tensor(OrtValue value)
    {
        var info = value.GetTensorTypeAndShape();
        return info.ElementDataType switch
        {
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float => tensor(value.GetTensorDataAsSpan<float>().ToArray(), info.Shape),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Double => tensor(value.GetTensorDataAsSpan<double>().ToArray(), info.Shape),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int32 => tensor(value.GetTensorDataAsSpan<int>().ToArray(), info.Shape),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64 => tensor(value.GetTensorDataAsSpan<long>().ToArray(), info.Shape),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Bool => tensor(value.GetTensorDataAsSpan<bool>().ToArray(), info.Shape),
            var type => throw new NotSupportedException($"outputs of type {type}"),
        };
    }
}
