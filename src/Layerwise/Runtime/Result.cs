using static TorchSharp.torch;

namespace Layerwise.Runtime;

/// <summary>What a call computed: a tensor, whose numbers are copied out where they are asked for, or numbers, of which a tensor is made. The other half comes late, so that numbers alone need no libtorch.</summary>
internal sealed class Result : IDisposable
{
    private readonly long[] _shape;
    private float[]? _values;
    private Tensor? _tensor;

    /// <param name="tensor">The tensor, which the result owns.</param>
    public Result(Tensor tensor) => (_tensor, _shape) = (tensor, tensor.shape);

    /// <param name="values">The numbers, row by row.</param>
    /// <param name="shape">Their shape.</param>
    public Result(float[] values, long[] shape) => (_values, _shape) = (values, shape);

    /// <summary>As a tensor; the result's to dispose.</summary>
    public Tensor Tensor
    {
        get
        {
            if (_tensor is null)
            {
                var made = tensor(_values!, _shape, ScalarType.Float32).DetachFromDisposeScope();
                if (Interlocked.CompareExchange(ref _tensor, made, null) is not null)
                {
                    made.Dispose();
                }
            }

            return _tensor;
        }
    }

    /// <summary>The numbers, row by row.</summary>
    public float[] Values => _values ??= Copy(_tensor!);

    public void Dispose() => _tensor?.Dispose();

    private static float[] Copy(Tensor tensor)
    {
        using var moved = tensor.to(ScalarType.Float32, CPU);
        using var host = moved.contiguous();
        return TensorMemory.Span(host).ToArray();
    }
}
