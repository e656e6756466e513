using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>The place of one value of one call. Its tensor is [Rows·N, sample…].</summary>
    /// <param name="sample">The dimensions behind the first.</param>
    public sealed class Buffer(params long[] sample)
    {
        private Tensor? _value;
        private bool _isConstant;

        /// <summary>How many rows one sample of the batch has in the first dimension.</summary>
        public long Rows { get; init; } = 1;

        /// <summary>The dimensions behind the first; -1 where only the call knows one.</summary>
        public IReadOnlyList<long> Sample => sample;

        /// <summary>The shape of the value, also after it is freed.</summary>
        internal long[] Shape { get; private set; } = [];

        internal bool IsEmpty => _value is null;

        internal Tensor Value => _value ?? throw new InvalidOperationException("A buffer was read before it was written.");

        internal static Buffer Constant(Tensor value) => new([.. value.shape]) { _value = value, _isConstant = true };

        /// <summary>Gives the buffer its value, which it owns from now on.</summary>
        internal void Set(Tensor value)
        {
            Free();
            _value = value.DetachFromDisposeScope();
            Shape = value.shape;
        }

        /// <summary>Hands the value on; the buffer is empty after it.</summary>
        internal Tensor Take()
        {
            var value = Value;
            _value = null;
            return value;
        }

        internal void Free()
        {
            if (!_isConstant)
            {
                _value?.Dispose();
                _value = null;
            }
        }
    }
}
