using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>
    /// Stride, padding and dilation of a kernel over 1, 2 or 3 spatial axes. One axis runs as two, the first of size 1.
    /// </summary>
    internal sealed class Window
    {
        private readonly bool _ceil;

        public Window(long[] kernel, long[]? stride, long[]? pad, long[]? padEnd, long[]? dilation, bool ceil = false)
        {
            var ones = kernel.Select(_ => 1L).ToArray();
            var zeros = new long[kernel.Length];
            _ceil = ceil;
            Axes = kernel.Length;
            Kernel = Widen(kernel, 1);
            Stride = Widen(stride ?? ones, 1);

            // A single element has no distance to another; on the way back in bfloat16 oneDNN would go by it.
            Dilation = Widen([.. (dilation ?? ones).Select((distance, axis) => kernel[axis] == 1 ? 1 : distance)], 1);
            PadBegin = Widen(pad ?? zeros, 0);
            PadEnd = Widen(padEnd ?? pad ?? zeros, 0);
        }

        /// <summary>Spatial axes of the model.</summary>
        public int Axes { get; }

        /// <summary>Spatial axes of the kernels here: 2 or 3.</summary>
        public int Rank => Kernel.Length;

        public long[] Kernel { get; }

        public long[] Stride { get; }

        public long[] Dilation { get; }

        public long[] PadBegin { get; }

        public long[] PadEnd { get; }

        public bool IsSymmetric => PadBegin.AsSpan().SequenceEqual(PadEnd);

        public long Extent(int axis) => (Dilation[axis] * (Kernel[axis] - 1)) + 1;

        /// <summary>[N, C, L] as [N, C, 1, L]; others as they are.</summary>
        public Tensor Widen(Tensor x) => Axes == 1 ? x.unsqueeze(2) : x.alias();

        /// <summary>The way back from <see cref="Widen(Tensor)"/>.</summary>
        public Tensor Narrow(Tensor x) => Axes == 1 ? x.squeeze(2) : x.alias();

        /// <summary>Spatial sizes of a buffer that is written: its own, or where only the call knows them those of its forward value.</summary>
        public static long[] Size(Buffer buffer, Buffer? like) => Widen(like is null ? [.. buffer.Dims.Skip(2)] : like.Shape[2..], 1);

        /// <summary>How many windows there are along each axis of an input of this size.</summary>
        public long[] OutputSize(ReadOnlySpan<long> input)
        {
            var output = new long[Rank];
            for (var axis = 0; axis < Rank; axis++)
            {
                var room = input[axis] + PadBegin[axis] + PadEnd[axis] - Extent(axis);
                output[axis] = (_ceil ? (room + Stride[axis] - 1) / Stride[axis] : room / Stride[axis]) + 1;

                // A window that would start behind the input and its first padding does not exist.
                if (_ceil && (output[axis] - 1) * Stride[axis] >= input[axis] + PadBegin[axis])
                {
                    output[axis]--;
                }
            }

            return output;
        }

        /// <summary>How far the last window reaches behind the input along each axis, the ceil mode's included.</summary>
        public long[] Reach(ReadOnlySpan<long> input, ReadOnlySpan<long> output)
        {
            var reach = new long[Rank];
            for (var axis = 0; axis < Rank; axis++)
            {
                reach[axis] = Math.Max(0, ((output[axis] - 1) * Stride[axis]) + Extent(axis) - input[axis] - PadBegin[axis]);
            }

            return reach;
        }

        /// <summary>Padding that ATen can't express itself, put around the input.</summary>
        public static Tensor Pad(Tensor x, ReadOnlySpan<long> begin, ReadOnlySpan<long> end, double value)
        {
            var pads = new List<long>();
            for (var axis = begin.Length - 1; axis >= 0; axis--)
            {
                pads.Add(begin[axis]);
                pads.Add(end[axis]);
            }

            return nn.functional.pad(x, [.. pads], TorchSharp.PaddingModes.Constant, value);
        }

        /// <summary>The part of a padded tensor that was the input.</summary>
        public Tensor Crop(Tensor padded, long[] size)
        {
            var result = padded.alias();
            for (var axis = 0; axis < Rank; axis++)
            {
                if (result.shape[axis + 2] != size[axis])
                {
                    var narrowed = result.narrow(axis + 2, PadBegin[axis], size[axis]);
                    result.Dispose();
                    result = narrowed;
                }
            }

            return result;
        }

        /// <summary>Spatial sizes of the model as those of the kernels here.</summary>
        public static long[] WidenSize(long[] sizes) => Widen(sizes, 1);

        private static long[] Widen(long[] values, long with) => values.Length == 1 ? [with, values[0]] : values;
    }
}
