using Layerwise.Oracle.Graph;
using Layerwise.Oracle.Onnx;

namespace Layerwise.Oracle.Linear;

/// <summary>The windows of a convolution or a pool over one channel, as the ONNX standard defines them.</summary>
internal sealed class Windows
{
    private const int Axes = 3;
    private readonly int[] _input, _kernel, _output, _stride, _dilation, _begin, _end;

    /// <param name="input">The spatial sizes of the input.</param>
    /// <param name="kernel">The window.</param>
    /// <param name="output">How many windows there are along each axis.</param>
    /// <param name="stride">From one window to the next.</param>
    /// <param name="dilation">From one tap to the next.</param>
    /// <param name="begin">The padding before the input.</param>
    /// <param name="end">The padding behind it, which counts where padding counts.</param>
    public Windows(int[] input, int[] kernel, int[] output, int[] stride, int[] dilation, int[] begin, int[] end)
    {
        if (kernel.Length is < 1 or > Axes)
        {
            throw new NoReferenceException($"windows of {kernel.Length} axes");
        }

        (Input, Output) = (input, output);
        (_input, _kernel, _output) = (Widen(input, 1), Widen(kernel, 1), Widen(output, 1));
        (_stride, _dilation, _begin, _end) = (Widen(stride, 1), Widen(dilation, 1), Widen(begin, 0), Widen(end, 0));
        (InputArea, Taps, OutputArea) = (Shapes.Size(input), Shapes.Size(kernel), Shapes.Size(output));
    }

    public int[] Input { get; }

    public int[] Output { get; }

    public int InputArea { get; }

    public int OutputArea { get; }

    public int Taps { get; }

    /// <summary>The windows of a node.</summary>
    public static Windows Of(NodeProto node, int[] input, int[] kernel)
    {
        var rank = kernel.Length;
        int[] Each(string name) => node.Ints(name) ?? [.. Enumerable.Repeat(1, rank)];
        var (stride, dilation, pads, output) = (Each("strides"), Each("dilations"), node.Ints("pads") ?? new int[2 * rank], new int[rank]);
        var (begin, end, auto, ceil) = (pads[..rank], pads[rank..], node.Text("auto_pad", "NOTSET"), node.Int("ceil_mode", 0) != 0);
        for (var i = 0; i < rank; i++)
        {
            var extent = ((kernel[i] - 1) * dilation[i]) + 1;
            if (auto.StartsWith("SAME", StringComparison.Ordinal))
            {
                output[i] = (input[i] + stride[i] - 1) / stride[i];
                var total = Math.Max(0, ((output[i] - 1) * stride[i]) + extent - input[i]);
                (begin[i], end[i]) = auto == "SAME_UPPER" ? (total / 2, total - (total / 2)) : (total - (total / 2), total / 2);
                continue;
            }

            (begin[i], end[i]) = auto == "VALID" ? (0, 0) : (begin[i], end[i]);
            var room = input[i] + begin[i] + end[i] - extent;
            output[i] = (ceil ? (room + stride[i] - 1) / stride[i] : room / stride[i]) + 1;

            // A last window must start inside the input or the padding before it.
            if (ceil && (output[i] - 1) * stride[i] >= input[i] + begin[i])
            {
                output[i]--;
            }
        }

        return new Windows(input, kernel, output, stride, dilation, begin, end);
    }

    /// <summary>One window over all of the input.</summary>
    public static Windows Whole(int[] input)
    {
        int[] ones = [.. input.Select(_ => 1)], none = new int[input.Length];
        return new Windows(input, input, ones, ones, ones, none, none);
    }

    /// <summary>The windows of a transposed convolution: of the convolution from its output to its input.</summary>
    public static Windows Transposed(NodeProto node, int[] input, int[] kernel)
    {
        var rank = kernel.Length;
        int[] Each(string name, int otherwise) => node.Ints(name) ?? [.. Enumerable.Repeat(otherwise, rank)];
        var (stride, dilation, extra, pads) = (Each("strides", 1), Each("dilations", 1), Each("output_padding", 0), node.Ints("pads") ?? new int[2 * rank]);
        var (begin, end, auto, asked) = (pads[..rank], pads[rank..], node.Text("auto_pad", "NOTSET"), node.Ints("output_shape"));
        var output = new int[rank];
        for (var i = 0; i < rank; i++)
        {
            var full = (stride[i] * (input[i] - 1)) + extra[i] + ((kernel[i] - 1) * dilation[i]) + 1;
            if (asked is null && !auto.StartsWith("SAME", StringComparison.Ordinal))
            {
                output[i] = full - begin[i] - end[i];
                continue;
            }

            output[i] = asked?[asked.Length - rank + i] ?? input[i] * stride[i];
            var total = Math.Max(0, full - output[i]);
            begin[i] = auto == "SAME_UPPER" ? total / 2 : total - (total / 2);
        }

        return new Windows(output, kernel, input, stride, dilation, begin, new int[rank]);
    }

    /// <summary>The elements that a window sees, each with its tap.</summary>
    public int Seen(int window, Place[] places) => Cross(window, _output, _input, places, (axis, o, tap) => (o * _stride[axis]) + (tap * _dilation[axis]) - _begin[axis]);

    /// <summary>The windows that see an element, each with the tap by which it does.</summary>
    public int SeenBy(int element, Place[] places) => Cross(element, _input, _output, places, (axis, i, tap) =>
    {
        var (quotient, rest) = Math.DivRem(i + _begin[axis] - (tap * _dilation[axis]), _stride[axis]);
        return rest == 0 ? quotient : -1;
    });

    /// <summary>How many elements a window sees, its padding counted.</summary>
    public int Padded(int window)
    {
        var count = 1;
        for (var axis = Axes - 1; axis >= 0; axis--)
        {
            (window, var o) = Math.DivRem(window, _output[axis]);
            var own = 0;
            for (var tap = 0; tap < _kernel[axis]; tap++)
            {
                own += (o * _stride[axis]) + (tap * _dilation[axis]) - _begin[axis] < _input[axis] + _end[axis] ? 1 : 0;
            }

            count *= own;
        }

        return count;
    }

    private int Cross(int place, int[] from, int[] to, Place[] places, Func<int, int, int, int> other)
    {
        var (plane, x) = Math.DivRem(place, from[2]);
        var (z, y) = Math.DivRem(plane, from[1]);
        var count = 0;
        for (var tapZ = 0; tapZ < _kernel[0]; tapZ++)
        {
            var otherZ = other(0, z, tapZ);
            for (var tapY = 0; tapY < _kernel[1] && otherZ >= 0 && otherZ < to[0]; tapY++)
            {
                var otherY = other(1, y, tapY);
                for (var tapX = 0; tapX < _kernel[2] && otherY >= 0 && otherY < to[1]; tapX++)
                {
                    var otherX = other(2, x, tapX);
                    if (otherX >= 0 && otherX < to[2])
                    {
                        places[count++] = new Place((((otherZ * to[1]) + otherY) * to[2]) + otherX, (((tapZ * _kernel[1]) + tapY) * _kernel[2]) + tapX);
                    }
                }
            }
        }

        return count;
    }

    private static int[] Widen(int[] own, int otherwise) => [.. Enumerable.Repeat(otherwise, Axes - own.Length), .. own];

    /// <summary>A place on the other side of a window, and the tap that leads there.</summary>
    public readonly record struct Place(int At, int Tap);
}
