using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>A convolution over 1, 2 or 3 spatial axes, with its backward towards the input.</summary>
    public sealed class Conv
    {
        private readonly Weights _owner;
        private readonly Tensor _weight;
        private readonly Tensor? _bias;
        private readonly Window _window;
        private readonly long _groups;

        /// <param name="weight">[out, in/groups, kernel…].</param>
        /// <param name="bias">[out], or <c>null</c>.</param>
        /// <param name="stride">One number a spatial axis; 1 unless given.</param>
        /// <param name="pad">Zeros before the input, one number a spatial axis; none unless given.</param>
        /// <param name="padEnd">Zeros behind the input; as <paramref name="pad"/> unless given.</param>
        /// <param name="dilation">Distance between the kernel's elements; 1 unless given.</param>
        /// <param name="groups">Groups of channels that do not see each other.</param>
        public Conv(Weight weight, Weight? bias, long[]? stride = null, long[]? pad = null, long[]? padEnd = null, long[]? dilation = null, long groups = 1)
        {
            ArgumentNullException.ThrowIfNull(weight);
            _owner = weight.Source;
            _window = new Window([.. weight.Shape.Skip(2)], stride, pad, padEnd, dilation);
            _weight = Own(_owner, _window.Widen(Load(weight)));
            _bias = bias is null ? null : Load(bias);
            _groups = groups;
        }

        private Conv(Conv from, Tensor weight, Tensor? bias)
        {
            _owner = from._owner;
            _window = from._window;
            _groups = from._groups;
            _weight = weight == (object)from._weight ? weight : Own(_owner, weight);
            _bias = bias is null || bias == (object?)from._bias ? bias : Own(_owner, bias);
        }

        /// <summary>The same convolution with max(W, 0) and max(b, 0).</summary>
        /// <param name="bias">Whether there is a bias at all.</param>
        public Conv Positive(bool bias = true) => new(this, _weight.clamp_min(0), bias ? _bias?.clamp_min(0) : null);

        /// <summary>The same convolution with min(W, 0) and without a bias.</summary>
        public Conv Negative() => new(this, _weight.clamp_max(0), null);

        /// <summary>The same convolution without a bias.</summary>
        public Conv WithoutBias() => new(this, _weight, null);

        /// <summary>y = W∗x + b.</summary>
        public void Linear(Buffer x, Buffer y)
        {
            using var input = _window.Widen(x.Value);
            using var padded = _window.IsSymmetric ? input.alias() : Window.Pad(input, _window.PadBegin, _window.PadEnd, 0);
            using var output = Apply(padded, _weight, _bias, _groups);
            y.Set(_window.Narrow(output));
        }

        /// <summary>y = max(0, W∗x + b).</summary>
        public void Relu(Buffer x, Buffer y)
        {
            Linear(x, y);
            y.Value.relu_();
        }

        /// <summary>x = Wᵀ∗s: the transposed derivative; the buffer knows the input's size, or the value that it is like.</summary>
        public void Back(Buffer s, Buffer x, Buffer? like = null)
        {
            using var output = _window.Widen(s.Value);
            using var input = ApplyTransposed(output, _weight, Window.Size(x, like), _groups);
            x.Set(_window.Narrow(input));
        }

        /// <summary>The Flat rule: x = 1ᵀ∗(R / stab(1∗1)) with a kernel of ones. Padding holds no input, so it gets no share.</summary>
        public void BackFlat(Buffer r, Buffer x, float epsilon, Buffer? like = null)
        {
            var size = Window.Size(x, like);
            var perGroup = x.Dims[1] / _groups;
            using var relevance = _window.Widen(r.Value);

            // All channels of a group share alike: one channel stands for them.
            var shape = relevance.shape;
            using var grouped = relevance.reshape([shape[0], _groups, shape[1] / _groups, .. shape[2..]]);
            using var total = grouped.sum(2);
            using var one = ones([1, 1, .. _window.Kernel], device: relevance.device);
            using var input = ones([1, 1, .. size], device: relevance.device);
            using var padded = _window.IsSymmetric ? input.alias() : Window.Pad(input, _window.PadBegin, _window.PadEnd, 0);
            using var count = Apply(padded, one, null, 1);
            count.mul_((float)perGroup).add_(epsilon);
            using var s = total.div(count);
            using var kernel = one.expand([_groups, 1, .. _window.Kernel]);
            using var share = ApplyTransposed(s, kernel, size, _groups);
            using var spread = share.repeat_interleave(perGroup, 1);
            x.Set(_window.Narrow(spread));
        }

        private Tensor Apply(Tensor x, Tensor weight, Tensor? bias, long groups)
        {
            var pad = _window.IsSymmetric ? _window.PadBegin : new long[_window.Rank];
            return _window.Rank == 2
                ? functional.conv2d(x, weight, bias, _window.Stride, pad, _window.Dilation, groups)
                : functional.conv3d(x, weight, bias, _window.Stride, pad, _window.Dilation, groups);
        }

        private Tensor ApplyTransposed(Tensor s, Tensor weight, long[] size, long groups)
        {
            var pad = _window.IsSymmetric ? _window.PadBegin : new long[_window.Rank];
            var rest = new long[_window.Rank];
            for (var axis = 0; axis < rest.Length; axis++)
            {
                var padded = size[axis] + (_window.IsSymmetric ? 0 : _window.PadBegin[axis] + _window.PadEnd[axis]);
                rest[axis] = padded - (((s.shape[axis + 2] - 1) * _window.Stride[axis]) - (2 * pad[axis]) + _window.Extent(axis));
            }

            using var input = _window.Rank == 2
                ? functional.conv_transpose2d(s, weight, null, _window.Stride, pad, rest, _window.Dilation, groups)
                : functional.conv_transpose3d(s, weight, null, _window.Stride, pad, rest, _window.Dilation, groups);
            return _window.Crop(input, size);
        }
    }
}
