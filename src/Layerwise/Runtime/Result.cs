using static TorchSharp.torch;

namespace Layerwise.Runtime;

/// <summary>
/// What a call computed: a tensor, whose numbers are copied out where they are asked for; or numbers, of which a tensor is made. Two classes, so
/// that a program that never asks for tensors needs nothing of libtorch, not even what finds it.
/// </summary>
internal abstract class Result : IDisposable
{
    private Result()
    {
    }

    /// <summary>As a tensor; the result's to dispose.</summary>
    public abstract Tensor Tensor { get; }

    /// <summary>The numbers, row by row.</summary>
    public abstract float[] Values { get; }

    public abstract IReadOnlyList<long> Shape { get; }

    public abstract void Dispose();

    /// <summary>A tensor, which the result owns from now on.</summary>
    public static Result Of(Tensor tensor) => new OfTensor(tensor);

    /// <summary>Numbers row by row.</summary>
    public static Result Of(float[] values, long[] shape) => new OfValues(values, shape);

    private sealed class OfTensor(Tensor tensor) : Result
    {
        private float[]? _values;

        public override Tensor Tensor => tensor;

        public override float[] Values => _values ??= Copy();

        public override IReadOnlyList<long> Shape => tensor.shape;

        public override void Dispose() => tensor.Dispose();

        private float[] Copy()
        {
            using var moved = tensor.to(ScalarType.Float32, CPU);
            using var host = moved.contiguous();
            return TensorMemory.Span(host).ToArray();
        }
    }

    private sealed class OfValues(float[] values, long[] shape) : Result
    {
        private IDisposable? _tensor;

        public override Tensor Tensor
        {
            get
            {
                if (_tensor is null)
                {
                    LibTorch.Load();
                    var made = tensor(values, shape, ScalarType.Float32).DetachFromDisposeScope();
                    if (Interlocked.CompareExchange(ref _tensor, made, null) is not null)
                    {
                        made.Dispose();
                    }
                }

                return (Tensor)_tensor;
            }
        }

        public override float[] Values => values;

        public override IReadOnlyList<long> Shape => shape;

        public override void Dispose() => _tensor?.Dispose();
    }
}
