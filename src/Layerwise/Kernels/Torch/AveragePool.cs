using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>The mean of each window: a convolution with ones, divided by how many elements it saw.</summary>
    public sealed class AveragePool
    {
        private readonly Window _window;
        private readonly bool _countPadding;

        /// <param name="kernel">One number a spatial axis.</param>
        /// <param name="stride">1 unless given.</param>
        /// <param name="pad">Zeros before the input.</param>
        /// <param name="padEnd">Zeros behind the input; as <paramref name="pad"/> unless given.</param>
        /// <param name="dilation">Distance between a window's elements; 1 unless given.</param>
        /// <param name="ceil">Whether a last window may reach beyond the padding.</param>
        /// <param name="countPadding">Whether padding counts as elements.</param>
        public AveragePool(long[] kernel, long[]? stride = null, long[]? pad = null, long[]? padEnd = null, long[]? dilation = null, bool ceil = false, bool countPadding = false)
        {
            _window = new Window(kernel, stride, pad, padEnd, dilation, ceil);
            _countPadding = countPadding;
        }

        /// <summary>y = the means.</summary>
        public void Forward(Buffer x, Buffer y)
        {
            using var input = _window.Widen(x.Value);
            using var one = Ones(input.device);
            var size = input.shape[2..];
            var windows = _window.OutputSize(size);
            using var sum = Sum(input, one, windows, padWith: 0);
            using var count = Count(size, windows, one);
            using var mean = sum.div(count);
            y.Set(_window.Narrow(mean));
        }

        /// <summary>x = each window's s, spread over its elements.</summary>
        public void Back(Buffer s, Buffer x, Buffer? like = null)
        {
            using var output = _window.Widen(s.Value);
            var size = Window.Size(x, like);
            using var one = Ones(output.device);
            using var count = Count(size, output.shape[2..], one);
            using var share = output.div(count);
            using var planes = share.reshape([-1, 1, .. share.shape[2..]]);
            var none = new long[_window.Rank];
            using var spread = _window.Rank == 2
                ? functional.conv_transpose2d(planes, one, null, _window.Stride, none, none, _window.Dilation, 1)
                : functional.conv_transpose3d(planes, one, null, _window.Stride, none, none, _window.Dilation, 1);

            // What no window reached has no share; what windows reached beyond the input is padding.
            var begin = none;
            long[] missing = [.. size.Select((length, axis) => Math.Max(0, length + _window.PadBegin[axis] - spread.shape[axis + 2]))];
            using var whole = Window.Pad(spread, begin, missing, 0);
            using var cropped = _window.Crop(whole, size);
            using var input = cropped.reshape([share.shape[0], share.shape[1], .. size]);
            using var narrowed = _window.Narrow(input);
            x.Set(narrowed.contiguous());
        }

        private Tensor Ones(Device device) => ones([1, 1, .. _window.Kernel], device: device);

        /// <summary>The sum of each window, with what stands around the input given.</summary>
        private Tensor Sum(Tensor input, Tensor one, long[] outputSize, double padWith)
        {
            var shape = input.shape;
            var reach = _window.Reach(shape.AsSpan(2), outputSize);
            long[] end = [.. reach.Zip(_window.PadEnd, Math.Min)];
            long[] beyond = [.. reach.Zip(end, (all, padding) => all - padding)];

            using var planes = input.reshape([-1, 1, .. shape[2..]]);
            using var padded = Window.Pad(planes, _window.PadBegin, end, padWith);

            // The ceil mode's windows reach beyond the padding, where nothing counts.
            using var reached = Window.Pad(padded, new long[_window.Rank], beyond, 0);
            var none = new long[_window.Rank];
            using var sum = _window.Rank == 2
                ? functional.conv2d(reached, one, null, _window.Stride, none, _window.Dilation)
                : functional.conv3d(reached, one, null, _window.Stride, none, _window.Dilation);
            return sum.reshape([shape[0], shape[1], .. sum.shape[2..]]);
        }

        /// <summary>How many elements each window sees: one number where none reaches into padding.</summary>
        private Tensor Count(long[] inputSize, long[] outputSize, Tensor one)
        {
            var inside = Enumerable.Range(0, _window.Rank).All(axis =>
                _window.PadBegin[axis] == 0 && ((outputSize[axis] - 1) * _window.Stride[axis]) + _window.Extent(axis) <= inputSize[axis]);
            if (inside)
            {
                return one.sum();
            }

            using var all = ones([1, 1, .. inputSize], device: one.device);
            return Sum(all, one, outputSize, _countPadding ? 1 : 0);
        }
    }
}
