using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>A BatchNormalization that stands alone: a scale and a shift a channel.</summary>
    public sealed class BatchNorm
    {
        private readonly Tensor _scale;
        private readonly Tensor _shift;

        /// <param name="norm">Its parameters.</param>
        public BatchNorm(Layerwise.BatchNorm norm)
        {
            ArgumentNullException.ThrowIfNull(norm);
            _scale = Load(norm.Scale);
            _shift = Load(norm.Shift);
        }

        /// <summary>y = x·γ/√(σ²+ε) + β − μγ/√(σ²+ε).</summary>
        public void Linear(Buffer x, Buffer y)
        {
            using var scale = Along(_scale, x);
            using var shift = Along(_shift, x);
            using var scaled = x.Value.mul(scale);
            y.Set(scaled.add(shift));
        }

        /// <summary>As <see cref="Linear"/>, then max(0, ·).</summary>
        public void Relu(Buffer x, Buffer y)
        {
            Linear(x, y);
            y.Value.relu_();
        }

        /// <summary>x = s·γ/√(σ²+ε): the transposed derivative.</summary>
        public void Back(Buffer s, Buffer x)
        {
            using var scale = Along(_scale, s);
            x.Set(s.Value.mul(scale));
        }

        // [C] as [C, 1, …], so that it broadcasts along the channels.
        private static Tensor Along(Tensor parameter, Buffer x) => parameter.reshape([-1, .. Enumerable.Repeat(1L, x.Dims.Count - 2)]);
    }
}
