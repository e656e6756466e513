using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>A value at another size along some axes, interpolated: axis by axis, each new element a weighted sum of a few old ones.</summary>
    public sealed class Resize
    {
        private readonly string _mode;
        private readonly long[] _axes;
        private readonly float[] _scales;
        private readonly long[]? _sizes;
        private readonly string _transformation;
        private readonly string _rounding;
        private readonly float _cubicA;
        private readonly bool _excludeOutside;
        private readonly bool _antialias;
        private readonly float[]? _region;
        private readonly float _extrapolation;

        // The last plan of each axis, made again where another call has another size.
        private readonly Plan?[] _plans;

        /// <param name="mode"><c>nearest</c>, <c>linear</c> or <c>cubic</c>.</param>
        /// <param name="axes">The axes.</param>
        /// <param name="scales">New size by old size, one an axis.</param>
        /// <param name="sizes">The new sizes; -1 where the scale alone says it.</param>
        /// <param name="transformation">From a new place to the old one, by ONNX's name.</param>
        /// <param name="rounding">To the nearest, by ONNX's name.</param>
        /// <param name="cubicA">The cubic's coefficient a.</param>
        /// <param name="excludeOutside">Whether places outside weigh nothing.</param>
        /// <param name="antialias">Whether a smaller size averages.</param>
        /// <param name="region">Begins, then ends, of the part that is taken, in shares of 1.</param>
        /// <param name="extrapolation">What stands outside of the input.</param>
        public Resize(
            string mode,
            long[] axes,
            float[] scales,
            long[]? sizes = null,
            string transformation = "half_pixel",
            string rounding = "round_prefer_floor",
            float cubicA = -0.75f,
            bool excludeOutside = false,
            bool antialias = false,
            float[]? region = null,
            float extrapolation = 0)
        {
            (_mode, _axes, _scales, _sizes, _transformation, _rounding) = (mode, axes, scales, sizes, transformation, rounding);
            (_cubicA, _excludeOutside, _antialias, _region, _extrapolation) = (cubicA, excludeOutside, antialias, region, extrapolation);
            ArgumentNullException.ThrowIfNull(axes);
            _plans = new Plan?[axes.Length];
        }

        /// <summary>y = x at the new size.</summary>
        public void Forward(Buffer x, Buffer y)
        {
            using var scope = NewDisposeScope();
            var value = x.Value.is_floating_point() ? x.Value.alias() : x.Value.to(ScalarType.Float32);
            for (var i = 0; i < _axes.Length; i++)
            {
                value = Along(value, i);
            }

            y.Set(value.to(x.Value.dtype).contiguous());
        }

        /// <summary>x = the transposed derivative: each new element's s, shared out by the weights of the old ones.</summary>
        public void Back(Buffer s, Buffer x, Buffer? like = null)
        {
            using var scope = NewDisposeScope();
            var value = s.Value.alias();
            for (var i = _axes.Length - 1; i >= 0; i--)
            {
                var axis = (int)_axes[i];
                var size = like is null ? x.Dims[axis] : like.Shape[axis];
                var (places, weights, _) = PlanOf(i, size);
                var shares = zeros([.. value.shape.Select((length, a) => a == axis ? size : length)], value.dtype, value.device);
                for (var tap = 0; tap < places.Length; tap++)
                {
                    shares = shares.index_add(axis, tensor(places[tap], device: value.device), value.mul(Row(weights[tap], value, axis)), 1);
                }

                value = shares;
            }

            x.Set(value);
        }

        private Tensor Along(Tensor value, int i)
        {
            var axis = (int)_axes[i];
            var (places, weights, outside) = PlanOf(i, value.shape[axis]);
            Tensor? sum = null;
            for (var tap = 0; tap < places.Length; tap++)
            {
                var picked = value.index_select(axis, tensor(places[tap], device: value.device));
                var weighted = _mode == "nearest" ? picked : picked.mul(Row(weights[tap], value, axis));
                sum = sum is null ? weighted : sum.add(weighted);
            }

            return outside.Contains(true) ? where(Row([.. outside.Select(o => o ? 1f : 0)], value, axis).gt(0), full_like(sum!, _extrapolation), sum!) : sum!;
        }

        private static Tensor Row(float[] numbers, Tensor value, int axis)
            => tensor(numbers, device: value.device).to(value.dtype).reshape([-1, .. Enumerable.Repeat(1L, (int)value.dim() - axis - 1)]);

        private Plan PlanOf(int i, long size)
        {
            var plan = Volatile.Read(ref _plans[i]);
            if (plan is null || plan.Size != size)
            {
                Volatile.Write(ref _plans[i], plan = Taps(i, size));
            }

            return plan;
        }

        /// <summary>For each new element along an axis: the old ones that it is made of, their weights, and whether it lies outside.</summary>
        private sealed record Plan(long Size, long[][] Places, float[][] Weights, bool[] Outside)
        {
            public void Deconstruct(out long[][] places, out float[][] weights, out bool[] outside) => (places, weights, outside) = (Places, Weights, Outside);
        }

        private Plan Taps(int i, long size)
        {
            var length = _sizes is { } sizes && sizes[i] >= 0 ? sizes[i] : (long)Math.Floor(size * (double)_scales[i]);
            var stretch = _antialias && _scales[i] < 1 ? 1 / (double)_scales[i] : 1;
            var count = _mode == "nearest" ? 1 : (int)(2 * Math.Ceiling((_mode == "linear" ? 1 : 2) * stretch));
            var places = Enumerable.Range(0, count).Select(_ => new long[length]).ToArray();
            var weights = Enumerable.Range(0, count).Select(_ => new float[length]).ToArray();
            var outside = new bool[length];
            for (var at = 0L; at < length; at++)
            {
                var from = Place(at, i, size, length);
                outside[at] = _transformation == "tf_crop_and_resize" && (from < 0 || from > size - 1);
                if (_mode == "nearest")
                {
                    places[0][at] = Math.Clamp(Nearest(from), 0, size - 1);
                    weights[0][at] = outside[at] ? 0 : 1;
                    continue;
                }

                var first = (long)Math.Floor(from) - (count / 2) + 1;
                var total = 0.0;
                var own = new double[count];
                for (var tap = 0; tap < count; tap++)
                {
                    var isOutside = first + tap < 0 || first + tap >= size;
                    own[tap] = isOutside && _excludeOutside ? 0 : Kernel((from - (first + tap)) / stretch);
                    total += own[tap];
                    places[tap][at] = Math.Clamp(first + tap, 0, size - 1);
                }

                for (var tap = 0; tap < count; tap++)
                {
                    weights[tap][at] = outside[at] ? 0 : (float)(own[tap] / total);
                }
            }

            return new Plan(size, places, weights, outside);
        }

        // The old place of a new element.
        private double Place(long at, int i, long size, long length)
        {
            var scale = (double)_scales[i];
            switch (_transformation)
            {
                case "asymmetric":
                    return at / scale;
                case "align_corners":
                    // ONNX's reference counts the part of an element that the scale leaves.
                    return length == 1 ? 0 : at * (size - 1) / ((scale * size) - 1);
                case "pytorch_half_pixel":
                    return length == 1 ? 0 : ((at + 0.5) / scale) - 0.5;
                case "tf_half_pixel_for_nn":
                    return (at + 0.5) / scale;
                case "half_pixel_symmetric":
                    var adjustment = length / (scale * size);
                    return (size / 2.0 * (1 - adjustment)) + ((at + 0.5) / scale) - 0.5;
                case "tf_crop_and_resize":
                    var (begin, end) = ((double)_region![i], (double)_region[i + _axes.Length]);
                    return length > 1
                        ? (begin * (size - 1)) + (at * (end - begin) * (size - 1) / (length - 1))
                        : 0.5 * (begin + end) * (size - 1);
                default:
                    return ((at + 0.5) / scale) - 0.5;
            }
        }

        private long Nearest(double from) => (long)(_rounding switch
        {
            "floor" => Math.Floor(from),
            "ceil" => Math.Ceiling(from),
            "round_prefer_ceil" => Math.Floor(from + 0.5),
            _ => Math.Ceiling(from - 0.5),
        });

        private double Kernel(double distance)
        {
            var x = Math.Abs(distance);
            double a = _cubicA;
            return _mode == "linear" ? Math.Max(0, 1 - x)
                : x <= 1 ? ((((a + 2) * x) - (a + 3)) * x * x) + 1
                : x < 2 ? ((((((x - 5) * x) + 8) * x) - 4) * a)
                : 0;
        }
    }
}
