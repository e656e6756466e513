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

        /// <summary>y = the maxima; at = where in the padded input each stands.</summary>
        public void Forward(Buffer x, Buffer y, Buffer at)
        {
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
            var (rest, place, stride) = (at.Value, zeros_like(at.Value), 1L);
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
            using var output = _window.Widen(s.Value);
            if (_window.Rank == 2 && OneDnn.Suits(output))
            {
                using var input = BackChannelsLast(output, at.Value, Window.Size(x, like));
                using var narrow = _window.Narrow(input);
                x.Set(narrow.alias());
                return;
            }

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

        /// <summary>With the channels last in memory: each value of s goes to its place in one pass.</summary>
        private unsafe Tensor BackChannelsLast(Tensor s, Tensor at, long[] size)
        {
            using var from = PackedConv.ChannelsLast(s);
            using var places = PackedConv.ChannelsLast(at);
            var (samples, channels, windows) = (s.shape[0], s.shape[1], s.shape[2] * s.shape[3]);
            var width = size[1] + _window.PadBegin[1] + _window.Reach(size, s.shape.AsSpan(2))[1];
            using var image = zeros([samples, size[0], size[1], channels]);
            float* source = (float*)OneDnn.Data(from), target = (float*)OneDnn.Data(image);
            var place = (long*)OneDnn.Data(places);

            // A thread has channels of its own: no two write to one place.
            var threads = (int)Math.Min(get_num_threads(), channels);
            if (threads == 1)
            {
                Scatter(0, channels);
            }
            else
            {
                Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, t => Scatter(channels * t / threads, channels * (t + 1) / threads));
            }

            return image.permute(0, 3, 1, 2);

            void Scatter(long first, long end)
            {
                for (var window = 0L; window < samples * windows; window++)
                {
                    var sample = target + (window / windows * size[0] * size[1] * channels);
                    for (var channel = first; channel < end; channel++)
                    {
                        var (y, x) = Math.DivRem(place[(window * channels) + channel], width);
                        sample[((((y - _window.PadBegin[0]) * size[1]) + x - _window.PadBegin[1]) * channels) + channel] += source[(window * channels) + channel];
                    }
                }
            }
        }
    }
}
