using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>The maximum of each window; on ties the first.</summary>
    public sealed class MaxPool
    {
        private readonly Window _window;

        /// <param name="kernel">One number a spatial axis.</param>
        /// <param name="stride">1 unless given.</param>
        /// <param name="pad">Padding before the input, which never is the maximum.</param>
        /// <param name="padEnd">Padding behind the input; as <paramref name="pad"/> unless given.</param>
        /// <param name="dilation">Distance between a window's elements; 1 unless given.</param>
        /// <param name="ceil">Whether a last window may reach beyond the padding.</param>
        public MaxPool(long[] kernel, long[]? stride = null, long[]? pad = null, long[]? padEnd = null, long[]? dilation = null, bool ceil = false)
            => _window = new Window(kernel, stride, pad, padEnd, dilation, ceil);

        /// <summary>y = the maxima; at = which of its window's elements each is, or where in the padded input it stands.</summary>
        public void Forward(Buffer x, Buffer y, Buffer at)
        {
            if (ChannelsLastPool.Suits(_window, x.Value))
            {
                var (maxima, places) = ChannelsLastPool.Forward(_window, x.Value);
                y.Set(maxima);
                at.Set(places);
                return;
            }

            using var widened = _window.Widen(x.Value);
            using var input = widened.is_floating_point() ? widened.alias() : widened.to(ScalarType.Float32);
            var size = _window.OutputSize(input.shape.AsSpan(2));
            using var padded = Window.Pad(input, _window.PadBegin, _window.Reach(input.shape.AsSpan(2), size), double.NegativeInfinity);
            var (output, indices) = _window.Rank == 2
                ? functional.max_pool2d_with_indices(padded, _window.Kernel, _window.Stride, new long[2], _window.Dilation)
                : functional.max_pool3d_with_indices(padded, _window.Kernel, _window.Stride, new long[3], _window.Dilation);
            using (output)
            using (indices)
            {
                using var typed = output.to(x.Value.dtype);
                y.Set(_window.Narrow(typed));
                at.Set(indices.alias());
            }
        }

        /// <summary>Where in x each maximum stands, counted through the whole tensor; by columns, the last two axes change places.</summary>
        public void Indices(Buffer x, Buffer at, Buffer indices, bool byColumns = false)
        {
            using var scope = NewDisposeScope();
            var (shape, end) = (_window.Widen(x.Value).shape, _window.Reach(_window.Widen(x.Value).shape.AsSpan(2), at.Value.shape.AsSpan(2)));
            var where = PlacesOf(at.Value, shape[2..]);
            var (rest, place, stride) = (where, zeros_like(where), 1L);
            for (var axis = _window.Rank - 1; axis >= 0; axis--)
            {
                var padded = shape[axis + 2] + _window.PadBegin[axis] + end[axis];
                var coordinate = rest.remainder(padded).sub(_window.PadBegin[axis]);
                rest = rest.div(padded, RoundingMode.floor);
                var step = !byColumns || axis < _window.Rank - 2 ? stride : axis == _window.Rank - 1 ? shape[^2] : 1;
                place = place.add(coordinate.mul(step));
                stride *= shape[axis + 2];
            }

            var planes = arange(shape[0] * shape[1], ScalarType.Int64, place.device).mul(stride).reshape([shape[0], shape[1], .. Enumerable.Repeat(1L, _window.Rank)]);
            indices.Set(_window.Narrow(place.add(planes)));
        }

        /// <summary>x = s where each maximum stood; what several windows share adds up.</summary>
        public void Back(Buffer s, Buffer at, Buffer x, Buffer? like = null)
        {
            if (at.Value.dtype == ScalarType.Byte)
            {
                x.Set(ChannelsLastPool.Back(_window, s.Value, at.Value, Window.Size(x, like)));
                return;
            }

            using var output = _window.Widen(s.Value);
            var size = Window.Size(x, like);
            var end = _window.Reach(size, at.Value.shape.AsSpan(2));
            long[] padded = [.. size.Select((length, axis) => length + _window.PadBegin[axis] + end[axis])];
            using var flat = output.flatten(2);
            using var places = at.Value.flatten(2);
            using var sum = zeros([output.shape[0], output.shape[1], padded.Aggregate(1L, (a, b) => a * b)], device: output.device);
            sum.scatter_add_(2, places, flat);
            using var grid = sum.reshape([output.shape[0], output.shape[1], .. padded]);
            using var cropped = _window.Crop(grid, size);
            using var narrowed = _window.Narrow(cropped);
            x.Set(narrowed.contiguous());
        }

        /// <summary>Where in the padded input, of a spatial size, each maximum stands.</summary>
        private Tensor PlacesOf(Tensor at, long[] size)
        {
            if (at.dtype != ScalarType.Byte)
            {
                return at;
            }

            // Which element of its window, row by row.
            var width = size[1] + _window.PadBegin[1] + _window.Reach(size, at.shape.AsSpan(2))[1];
            var element = at.to(ScalarType.Int64);
            var row = element.div(_window.Kernel[1], RoundingMode.floor).mul(_window.Dilation[0]).add(arange(at.shape[2]).mul(_window.Stride[0]).unsqueeze(1));
            var column = element.remainder(_window.Kernel[1]).mul(_window.Dilation[1]).add(arange(at.shape[3]).mul(_window.Stride[1]));
            return row.mul(width).add(column);
        }
    }
}
