using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>A convolution over 1, 2 or 3 spatial axes, with its backward towards the input.</summary>
    public sealed class Conv : LinearLayer
    {
        private readonly Window _window;
        private readonly long _groups;

        // Until it takes in a BatchNormalization its weights may change.
        private readonly bool _isReady;
        private IPackedConv? _packed;
        private bool _isNarrow;

        /// <param name="weight">[out, in/groups, kernel…].</param>
        /// <param name="bias">[out], or <c>null</c>.</param>
        /// <param name="stride">One number a spatial axis; 1 unless given.</param>
        /// <param name="pad">Zeros before the input, one number a spatial axis; none unless given.</param>
        /// <param name="padEnd">Zeros behind the input; as <paramref name="pad"/> unless given.</param>
        /// <param name="dilation">Distance between the kernel's elements; 1 unless given.</param>
        /// <param name="groups">Groups of channels that do not see each other.</param>
        /// <param name="norm">A BatchNormalization of the input that the layer takes in.</param>
        /// <param name="size">The input's spatial sizes, where that is padded and so has a shift for each position.</param>
        public Conv(Weight weight, Weight? bias = null, long[]? stride = null, long[]? pad = null, long[]? padEnd = null, long[]? dilation = null, long groups = 1, Layerwise.BatchNorm? norm = null, long[]? size = null)
            : this(weight.Source, new Window([.. weight.Shape.Skip(2)], stride, pad, padEnd, dilation), Load(weight), bias is null ? null : Load(bias), groups, isReady: norm is null)
        {
            if (norm is not null)
            {
                var kernel = Enumerable.Range(_window.Rank - _window.Axes, _window.Axes).Select(_window.Extent);
                TakeIn(norm, inputAxis: 1, _groups, [1, Weight.shape[1] * _groups, .. size ?? kernel]);
                _isReady = true;
            }
        }

        private Conv(Weights owner, Window window, Tensor weight, Tensor? bias, long groups, bool isReady = true)
            : base(owner, weight.dim() == window.Rank + 2 ? weight : Own(owner, window.Widen(weight)), bias)
        {
            _window = window;
            _groups = groups;
            _isReady = isReady;
        }

        /// <inheritdoc/>
        public override void BackFlat(Buffer relevance, Buffer r, Stabilizer epsilon, Buffer? like = null)
        {
            if (epsilon.Plain is { } number && _window.Axes == 2 && OneDnn.Suits(relevance.Value))
            {
                r.Set(FlatShares.Of(_window, relevance.Value, _groups, r.Dims[1], Window.Size(r, like), number));
                return;
            }

            using var scope = NewDisposeScope();
            var output = _window.Widen(relevance.Value);
            var size = Window.Size(r, like);
            var perGroup = r.Dims[1] / _groups;

            // All channels of a group share alike: one channel stands for them.
            var shape = output.shape;
            var total = output.reshape([shape[0], _groups, shape[1] / _groups, .. shape[2..]]).sum(2);
            var one = ones([1, 1, .. _window.Kernel], device: output.device);
            var count = CountPerWindow(size, one).mul_((float)perGroup);
            var share = Transpose(total.div(epsilon.Of(count)), one.expand([_groups, 1, .. _window.Kernel]), size, _groups);
            r.Set(_window.Narrow(share.repeat_interleave(perGroup, 1)).contiguous());
        }

        internal override Tensor CountInputs(long[] shape)
        {
            using var scope = NewDisposeScope();
            var one = ones([1, 1, .. _window.Kernel], device: Owner.Device);
            return _window.Narrow(CountPerWindow(Window.WidenSize(shape[2..]), one).mul_((float)(shape[1] / _groups))).MoveToOuterDisposeScope();
        }

        private Tensor CountPerWindow(long[] size, Tensor one) => Convolve(ones([1, 1, .. size], device: one.device), one, null, 1);

        internal long Groups => _groups;

        /// <summary>Whether it has kernels of two spatial axes, padded alike: what oneDNN has.</summary>
        internal bool CanPack => _isReady && OneDnn.IsAvailable && Owner.Device.type == TorchSharp.DeviceType.CPU && _window.Axes == 2 && _window.IsSymmetric;

        /// <inheritdoc/>
        public override LinearLayer InBFloat16()
        {
            _isNarrow = true;
            Owner.AsksForBFloat16 = true;
            return this;
        }

        /// <summary>The kernels that suit the first input that is met, by its shape; <c>null</c> where none do.</summary>
        internal IPackedConv? Packed(ReadOnlySpan<long> shape)
        {
            if (_packed is null && CanPack)
            {
                lock (Owner)
                {
                    _packed ??= Depthwise.Suits(Weight, _groups) ? new Depthwise(Owner, TakeWeight(), _window)
                        : _isNarrow && BFloat16Tensors.Suits(_window, Weight, _groups) ? new PackedConv(Owner, Narrow(TakeWeight()), (_window.Stride, _window.PadBegin, _window.Dilation), _groups)
                        : Pointwise.Suits(_window, Weight, _groups) ? new Pointwise(Owner, TakeWeight(), _window.Stride)
                        : Winograd.Suits(_window, Weight, _groups, shape) ? new Winograd(Owner, TakeWeight(), _window.PadBegin)
                        : new PackedConv(Owner, TakeWeight(), (_window.Stride, _window.PadBegin, _window.Dilation), _groups);
                }
            }

            return _packed;
        }

        private Tensor Narrow(Tensor weight)
        {
            using (weight)
            {
                return Own(Owner, weight.to(ScalarType.BFloat16));
            }
        }

        private Tensor PlainWeight()
        {
            // Another call may be about to take the weight.
            lock (Owner)
            {
                return _packed?.Plain() ?? Weight.alias();
            }
        }

        internal override Tensor Apply(Tensor x, Tensor? bias, float? ceiling)
        {
            var perChannel = bias?.dim() > 1 ? null : bias;
            if (x.dtype == ScalarType.Float32 && x.numel() > 0 && CanPack && Packed(OneDnn.Shape(x)) is { } packed)
            {
                return perChannel == (object?)bias ? packed.Forward(x, bias, ceiling) : Shifted(packed.Forward(x, null, null));
            }

            using var input = _window.Widen(x);
            using var weight = PlainWeight();
            using var output = Convolve(input, weight, perChannel, _groups);
            var narrow = _window.Narrow(output);
            return perChannel == (object?)bias ? Limited(narrow, ceiling) : Shifted(narrow);

            // Where padding tells positions apart, each has a bias of its own.
            Tensor Shifted(Tensor y)
            {
                using (y)
                {
                    return Limited(y.add(bias!), ceiling);
                }
            }
        }

        internal override Tensor ApplyTransposed(Tensor s, long[] shape)
        {
            if (s.dtype == ScalarType.Float32 && s.numel() > 0 && Packed(shape) is { } packed)
            {
                return packed.Backward(s, shape[2..]);
            }

            using var output = _window.Widen(s);
            using var weight = PlainWeight();
            using var input = Transpose(output, weight, Window.WidenSize(shape[2..]), _groups);
            return _window.Narrow(input);
        }

        internal override LinearLayer Beside(params ReadOnlySpan<LinearLayer> others) => With(Own(Owner, cat([Weight, .. WeightsOf(others)], 1)), null);

        internal override Tensor Together(ReadOnlySpan<Tensor> inputs) => Together(inputs, _groups);

        internal override Tensor[] ApplyTransposedBeside(Tensor s, long[] shape, int layers)
            => Parted(ApplyTransposed(s, [shape[0], layers * shape[1], .. shape[2..]]), shape, layers, _groups);

        private protected override LinearLayer With(Tensor weight, Tensor? bias) => new Conv(Owner, _window, weight, bias, _groups) { _isNarrow = _isNarrow };

        private Tensor Convolve(Tensor x, Tensor weight, Tensor? bias, long groups)
        {
            using var padded = _window.IsSymmetric ? x.alias() : Window.Pad(x, _window.PadBegin, _window.PadEnd, 0);
            var pad = _window.IsSymmetric ? _window.PadBegin : new long[_window.Rank];
            return _window.Rank == 2
                ? functional.conv2d(padded, weight, bias, _window.Stride, pad, _window.Dilation, groups)
                : functional.conv3d(padded, weight, bias, _window.Stride, pad, _window.Dilation, groups);
        }

        private Tensor Transpose(Tensor s, Tensor weight, long[] size, long groups)
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
