using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>(Σ|x|ᵖ)^(1/p) of each window.</summary>
    public sealed class LpPool
    {
        private readonly Window _window;
        private readonly long _p;

        /// <param name="kernel">One number a spatial axis.</param>
        /// <param name="p">p.</param>
        /// <param name="stride">1 unless given.</param>
        /// <param name="pad">Zeros before the input.</param>
        /// <param name="padEnd">Zeros behind the input; as <paramref name="pad"/> unless given.</param>
        /// <param name="dilation">Distance between a window's elements; 1 unless given.</param>
        /// <param name="ceil">Whether a last window may reach beyond the padding.</param>
        public LpPool(long[] kernel, long p, long[]? stride = null, long[]? pad = null, long[]? padEnd = null, long[]? dilation = null, bool ceil = false)
        {
            _window = new Window(kernel, stride, pad, padEnd, dilation, ceil);
            _p = p;
        }

        /// <summary>y = (Σ|x|ᵖ)^(1/p).</summary>
        public void Forward(Buffer x, Buffer y)
        {
            using var scope = NewDisposeScope();
            var input = _window.Widen(x.Value).abs().pow(_p);
            var shape = input.shape;
            var size = _window.OutputSize(shape.AsSpan(2));
            var end = _window.Reach(shape.AsSpan(2), size);
            var planes = Window.Pad(input, _window.PadBegin, end, 0).reshape([shape[0] * shape[1], 1, .. shape[2..].Select((length, axis) => length + _window.PadBegin[axis] + end[axis])]);
            var one = ones([1, 1, .. _window.Kernel], input.dtype, input.device);
            var none = new long[_window.Rank];
            var sums = _window.Rank == 2
                ? functional.conv2d(planes, one, null, _window.Stride, none, _window.Dilation)
                : functional.conv3d(planes, one, null, _window.Stride, none, _window.Dilation);
            var within = Enumerable.Range(0, _window.Rank).Aggregate(sums, (part, axis) => part.narrow(axis + 2, 0, size[axis]));
            y.Set(_window.Narrow(within.reshape([shape[0], shape[1], .. size])).pow(1.0 / _p));
        }
    }

    /// <summary>y = (Σ|x|ᵖ)^(1/p) of each channel.</summary>
    public static void GlobalLpPool(Buffer x, Buffer y, long p)
    {
        using var scope = NewDisposeScope();
        y.Set(x.Value.abs().pow(p).sum(SpatialAxes(x), keepdim: true).pow(1.0 / p));
    }
}
