using System.Runtime.CompilerServices;

namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>A BatchNormalization that stands alone: a scale and a shift a channel.</summary>
    public sealed unsafe class BatchNorm
    {
        private readonly Memory _scale, _shift, _none;

        /// <param name="norm">Its parameters.</param>
        public BatchNorm(Layerwise.BatchNorm norm)
        {
            ArgumentNullException.ThrowIfNull(norm);
            (_scale, _shift) = (Memory.Of(Load(norm.Scale)), Memory.Of(Load(norm.Shift)));
            _none = new Memory(_shift.Capacity);
        }

        /// <summary>y = x·γ/√(σ²+ε) + β − μγ/√(σ²+ε).</summary>
        public void Linear(Buffer x, Buffer y) => Run(x, y, _shift.Start, relu: false);

        /// <summary>As <see cref="Linear"/>, then max(0, ·).</summary>
        public void Relu(Buffer x, Buffer y) => Run(x, y, _shift.Start, relu: true);

        /// <summary>x = s·γ/√(σ²+ε): the transposed derivative.</summary>
        public void Back(Buffer s, Buffer x) => Run(s, x, _none.Start, relu: false);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Run(Buffer x, Buffer y, float* shift, bool relu)
        {
            float* from = x.Last(), to = y.WriteLast();
            for (var pixel = 0; pixel < x.Images * x.Area; pixel++)
            {
                for (var channel = 0; channel < x.Channels; channel++, from++, to++)
                {
                    var value = (*from * _scale.Start[channel]) + shift[channel];
                    *to = relu && value < 0 ? 0 : value;
                }
            }
        }
    }
}
