using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>In a shape: the batch; <c>4 * N</c> is four times the batch.</summary>
    public const long N = Port.N;

    /// <summary>In a shape: a size that only the call knows.</summary>
    public const long Any = Port.Any;

    /// <summary>The place of one value of one call.</summary>
    /// <param name="shape">Its shape, with <see cref="N"/> and <see cref="Any"/>.</param>
    public sealed class Buffer(params long[] shape)
    {
        private Tensor? _value;
        private bool _isConstant;
        private Interval? _range;

        /// <summary>The one that its frame made after it.</summary>
        internal Buffer? Next { get; set; }

        /// <summary>The shape, with <see cref="N"/> and <see cref="Any"/>.</summary>
        public IReadOnlyList<long> Dims => shape;

        /// <summary>The shape for libtorch, which finds out one size itself; others that only the call knows stand where they stood.</summary>
        internal long[] View(Buffer from)
            => [.. shape.Select((dim, i) => dim >= 0 ? dim : shape.Count(d => d < 0) > 1 && i < from.Dims.Count && from.Dims[i] == dim ? from.Value.shape[i] : -1)];

        /// <summary>The shape with the numbers of one call: what is open, or the batch, as another value of the call has it.</summary>
        /// <param name="batch">A value that the batch stands in.</param>
        /// <param name="open">Sizes for what is open, aligned at the last axes.</param>
        internal long[] Sizes(Buffer? batch, long[]? open = null)
        {
            var axis = batch is null ? -1 : batch.Dims.ToList().FindIndex(d => d < 0 && d != Any);
            var n = axis < 0 ? 1 : batch!.Shape[axis] / -batch.Dims[axis];
            return [.. shape.Select((dim, i) => dim == Any ? open![i - shape.Length + open.Length] : dim < 0 ? -dim * n : dim)];
        }

        /// <summary>The shape of the value, also after it is freed.</summary>
        internal long[] Shape { get; private set; } = [];

        internal bool IsEmpty => _value is null;

        internal Tensor Value => _value ?? throw new InvalidOperationException("A buffer was read before it was written.");

        internal static Buffer Constant(Tensor value) => new([.. value.shape]) { _value = value, _isConstant = true };

        /// <summary>The input whose values it holds; <c>null</c> where it holds others.</summary>
        internal string? Name { get; set; }

        /// <summary>The least and the largest of its whole numbers. Asked of the device once, unless the host knew them.</summary>
        internal Interval Range
        {
            get => _range ??= Interval.Of(Value);
            set => _range = value;
        }

        /// <summary>Says that it holds the same whole numbers as another buffer, in another type or shape.</summary>
        internal void HasNumbersOf(Buffer other) => (_range, Name) = (other._range, other.Name);

        /// <summary>Gives the buffer what a kernel has computed, which it owns from now on.</summary>
        /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
        internal void Set(Tensor value)
        {
            if (CancellationToken.IsCancellationRequested)
            {
                value.Dispose();
                CancellationToken.ThrowIfCancellationRequested();
            }

            Put(value);
        }

        /// <summary>Gives the buffer a value that stood somewhere before, which it owns from now on.</summary>
        internal void Put(Tensor value)
        {
            Free();
            if (Arriving is { } change)
            {
                Arriving = null;
                using var arrived = value;
                value = change(arrived);
            }

            _value = value.DetachFromDisposeScope();
            (Shape, _range, Name) = (OneDnn.IsAvailable ? OneDnn.Shape(value).ToArray() : value.shape, null, null);
        }

        /// <summary>Ends the call at the next value that is computed.</summary>
        internal CancellationToken CancellationToken { get; set; }

        /// <summary>Changes the next value that the buffer is given.</summary>
        internal Func<Tensor, Tensor>? Arriving { get; set; }

        /// <summary>Whether its value stays after its last use, until the frame is freed.</summary>
        internal bool IsKept { get; set; }

        /// <summary>Whether it holds what would be computed again: the denominator of another target of the same call.</summary>
        internal bool Stands => IsKept && !IsEmpty;

        /// <summary>Puts another value in place of its own, which is the caller's from now on.</summary>
        internal Tensor Exchange(Tensor value)
        {
            var own = Take();
            Put(value);
            return own;
        }

        /// <summary>Takes the value of another buffer, which keeps it.</summary>
        internal void Share(Buffer other)
        {
            Shape = other.Shape;
            if (other._value is { } value)
            {
                Put(value.alias());
                HasNumbersOf(other);
            }
        }

        /// <summary>Hands the value on; the buffer is empty after it.</summary>
        internal Tensor Take()
        {
            var value = Value;
            _value = null;
            return value;
        }

        internal void Keep(Weights weights)
        {
            var value = Take();
            Set(value.to(weights.Device));
            if (!ReferenceEquals(value, _value))
            {
                value.Dispose();
            }

            weights.Own(Value);
            _isConstant = true;
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
