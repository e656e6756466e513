using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>A transposed convolution over 1, 2 or 3 spatial axes, with its backward towards the input, which is a convolution.</summary>
    public sealed class ConvTranspose
    {
        private readonly Weights _owner;
        private readonly Tensor _weight;
        private readonly Tensor? _bias;
        private readonly Window _window;
        private readonly long[] _outputPadding;
        private readonly long _groups;

        /// <param name="weight">[in, out/groups, kernel…].</param>
        /// <param name="bias">[out], or <c>null</c>.</param>
        /// <param name="stride">One number a spatial axis; 1 unless given.</param>
        /// <param name="pad">What is cut off before the output; nothing unless given.</param>
        /// <param name="padEnd">What is cut off behind the output; as <paramref name="pad"/> unless given.</param>
        /// <param name="dilation">Distance between the kernel's elements; 1 unless given.</param>
        /// <param name="outputPadding">Places behind the output that no input reaches by itself; none unless given.</param>
        /// <param name="groups">Groups of channels that do not see each other.</param>
        public ConvTranspose(Weight weight, Weight? bias, long[]? stride = null, long[]? pad = null, long[]? padEnd = null, long[]? dilation = null, long[]? outputPadding = null, long groups = 1)
        {
            ArgumentNullException.ThrowIfNull(weight);
            _owner = weight.Source;
            _window = new Window([.. weight.Shape.Skip(2)], stride, pad, padEnd, dilation);
            _weight = Own(_owner, _window.Widen(Load(weight)));
            _bias = bias is null ? null : Load(bias);
            _outputPadding = outputPadding is null ? new long[_window.Rank] : outputPadding.Length < _window.Rank ? [0, .. outputPadding] : outputPadding;
            _groups = groups;
        }

        private ConvTranspose(ConvTranspose from, Tensor weight, Tensor? bias)
        {
            _owner = from._owner;
            _window = from._window;
            _outputPadding = from._outputPadding;
            _groups = from._groups;
            _weight = weight == (object)from._weight ? weight : Own(_owner, weight);
            _bias = bias is null || bias == (object?)from._bias ? bias : Own(_owner, bias);
        }

        /// <summary>The same with max(W, 0) and max(b, 0).</summary>
        /// <param name="bias">Whether there is a bias at all.</param>
        public ConvTranspose Positive(bool bias = true) => new(this, _weight.clamp_min(0), bias ? _bias?.clamp_min(0) : null);

        /// <summary>The same with min(W, 0) and without a bias.</summary>
        public ConvTranspose Negative() => new(this, _weight.clamp_max(0), null);

        /// <summary>The same without a bias.</summary>
        public ConvTranspose WithoutBias() => new(this, _weight, null);

        /// <summary>y = Wᵀ∗x + b.</summary>
        public void Linear(Buffer x, Buffer y)
        {
            using var scope = NewDisposeScope();
            var input = _window.Widen(x.Value);
            var none = new long[_window.Rank];
            var whole = _window.Rank == 2
                ? functional.conv_transpose2d(input, _weight, null, _window.Stride, none, none, _window.Dilation, _groups)
                : functional.conv_transpose3d(input, _weight, null, _window.Stride, none, none, _window.Dilation, _groups);
            var size = Size(input.shape.AsSpan(2));
            var padded = Window.Pad(whole, none, _outputPadding, 0);
            var output = _window.Narrow(_window.Crop(padded, size));
            y.Set(_bias is null ? output.contiguous() : output.add(_bias.reshape([-1, .. Enumerable.Repeat(1L, _window.Axes)])));
        }

        /// <summary>y = max(0, Wᵀ∗x + b).</summary>
        public void Relu(Buffer x, Buffer y)
        {
            Linear(x, y);
            y.Value.relu_();
        }

        /// <summary>x = W∗s: the transposed derivative.</summary>
        public void Back(Buffer s, Buffer x)
        {
            using var scope = NewDisposeScope();
            var output = Window.Pad(_window.Widen(s.Value), _window.PadBegin, _window.PadEnd, 0);
            var none = new long[_window.Rank];
            var whole = _window.Rank == 2
                ? functional.conv2d(output, _weight, null, _window.Stride, none, _window.Dilation, _groups)
                : functional.conv3d(output, _weight, null, _window.Stride, none, _window.Dilation, _groups);

            // What only output_padding reaches has no input.
            var input = Enumerable.Range(0, _window.Rank).Aggregate(whole, (part, axis) => part.narrow(axis + 2, 0, InputSize(output.shape[axis + 2], axis)));
            x.Set(_window.Narrow(input).contiguous());
        }

        private long[] Size(ReadOnlySpan<long> input)
        {
            var size = new long[_window.Rank];
            for (var axis = 0; axis < size.Length; axis++)
            {
                size[axis] = ((input[axis] - 1) * _window.Stride[axis]) + _window.Extent(axis) + _outputPadding[axis] - _window.PadBegin[axis] - _window.PadEnd[axis];
            }

            return size;
        }

        private long InputSize(long padded, int axis) => ((padded - _outputPadding[axis] - _window.Extent(axis)) / _window.Stride[axis]) + 1;
    }
}
