using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>A transposed convolution over 1, 2 or 3 spatial axes, with its backward towards the input, which is a convolution.</summary>
    public sealed class ConvTranspose : LinearLayer
    {
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
        /// <param name="norm">A BatchNormalization of the input that the layer takes in.</param>
        /// <param name="size">The input's spatial sizes, with a <paramref name="norm"/>.</param>
        public ConvTranspose(
            Weight weight, Weight? bias = null, long[]? stride = null, long[]? pad = null, long[]? padEnd = null, long[]? dilation = null, long[]? outputPadding = null, long groups = 1, Layerwise.BatchNorm? norm = null, long[]? size = null)
            : this(weight.Source, new Window([.. weight.Shape.Skip(2)], stride, pad, padEnd, dilation), Load(weight), bias is null ? null : Load(bias), outputPadding, groups)
        {
            if (norm is not null)
            {
                TakeIn(norm, inputAxis: 0, groups: 1, [1, Weight.shape[0], .. size!]);
            }
        }

        private ConvTranspose(Weights owner, Window window, Tensor weight, Tensor? bias, long[]? outputPadding, long groups)
            : base(owner, weight.dim() == window.Rank + 2 ? weight : Own(owner, window.Widen(weight)), bias)
        {
            _window = window;
            _outputPadding = outputPadding is null ? new long[_window.Rank] : outputPadding.Length < _window.Rank ? [0, .. outputPadding] : outputPadding;
            _groups = groups;
        }

        /// <inheritdoc/>
        public override void BackFlat(Buffer relevance, Buffer r, Stabilizer epsilon, Buffer? like = null)
        {
            using var scope = NewDisposeScope();
            OfOnes().BackOfOnes(relevance, r, epsilon, like);
        }

        internal override Tensor CountInputs(long[] shape)
        {
            using var scope = NewDisposeScope();
            return OfOnes().Apply(ones(shape, device: Weight.device), null, null).MoveToOuterDisposeScope();
        }

        private ConvTranspose OfOnes() => new(Owner, _window, ones_like(Weight), null, _outputPadding, _groups);

        internal override Tensor Apply(Tensor x, Tensor? bias, float? ceiling)
        {
            using var scope = NewDisposeScope();
            var input = _window.Widen(x);
            var none = new long[_window.Rank];
            var whole = _window.Rank == 2
                ? functional.conv_transpose2d(input, Weight, null, _window.Stride, none, none, _window.Dilation, _groups)
                : functional.conv_transpose3d(input, Weight, null, _window.Stride, none, none, _window.Dilation, _groups);
            var size = Size(input.shape.AsSpan(2));
            var padded = Window.Pad(whole, none, _outputPadding, 0);
            var output = _window.Narrow(_window.Crop(padded, size));
            var result = bias is null ? output.contiguous() : output.add(bias.dim() > 1 ? bias : bias.reshape([-1, .. Enumerable.Repeat(1L, _window.Axes)]));
            return Limited(result, ceiling).MoveToOuterDisposeScope();
        }

        internal override Tensor ApplyTransposed(Tensor s, long[] shape)
        {
            using var scope = NewDisposeScope();
            var output = Window.Pad(_window.Widen(s), _window.PadBegin, _window.PadEnd, 0);
            var none = new long[_window.Rank];
            var whole = _window.Rank == 2
                ? functional.conv2d(output, Weight, null, _window.Stride, none, _window.Dilation, _groups)
                : functional.conv3d(output, Weight, null, _window.Stride, none, _window.Dilation, _groups);

            // What only output_padding reaches has no input.
            var input = Enumerable.Range(0, _window.Rank).Aggregate(whole, (part, axis) => part.narrow(axis + 2, 0, InputSize(output.shape[axis + 2], axis)));
            return _window.Narrow(input).contiguous().MoveToOuterDisposeScope();
        }

        internal override LinearLayer Beside(params ReadOnlySpan<LinearLayer> others)
        {
            using var scope = NewDisposeScope();
            Tensor[] parts = [.. new[] { Weight }.Concat(WeightsOf(others)).Select(w => w.reshape([_groups, w.shape[0] / _groups, .. w.shape[1..]]))];
            return With(Own(Owner, cat(parts, 1).reshape([parts.Length * Weight.shape[0], .. Weight.shape[1..]])), null);
        }

        internal override Tensor Together(ReadOnlySpan<Tensor> inputs) => Together(inputs, _groups);

        internal override Tensor[] ApplyTransposedBeside(Tensor s, long[] shape, int layers)
            => Parted(ApplyTransposed(s, [shape[0], layers * shape[1], .. shape[2..]]), shape, layers, _groups);

        private protected override LinearLayer With(Tensor weight, Tensor? bias) => new ConvTranspose(Owner, _window, weight, bias, _outputPadding, _groups);

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
