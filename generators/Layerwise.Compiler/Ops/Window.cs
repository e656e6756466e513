using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Kernel, stride, padding and dilation of a convolution or a pool, one number a spatial axis.</summary>
public sealed record Window(
    EquatableList<long> Kernel,
    EquatableList<long> Strides,
    EquatableList<long> Dilations,
    EquatableList<long> PadsBegin,
    EquatableList<long> PadsEnd,
    string AutoPad,
    bool CeilMode)
{
    /// <summary>Reads the attributes that convolutions and pools share.</summary>
    /// <param name="node">The node.</param>
    /// <param name="kernel">The kernel where the node itself need not say it.</param>
    public static Window Read(NodeReader node, IReadOnlyList<long>? kernel = null)
    {
        kernel = node.Ints("kernel_shape") ?? kernel
            ?? throw node.Unsupported("it has no kernel_shape", "Export the model again; the attribute is required.");
        var rank = kernel.Count;
        var pads = node.Ints("pads") ?? new long[2 * rank];
        var strides = node.Ints("strides") ?? [.. Enumerable.Repeat(1L, rank)];
        var dilations = node.Ints("dilations") ?? [.. Enumerable.Repeat(1L, rank)];
        var autoPad = node.String("auto_pad", "NOTSET");
        if (rank is < 1 or > 3)
        {
            throw node.Unsupported($"a kernel of {rank} dimensions is not supported", "Kernels have 1, 2 or 3 dimensions.");
        }

        if (strides.Count != rank || dilations.Count != rank || pads.Count != 2 * rank)
        {
            throw node.Unsupported($"strides, dilations and pads do not fit a kernel of {rank} dimensions", "The file does not follow the ONNX standard; export it again.");
        }

        if (kernel.Concat(strides).Concat(dilations).Any(v => v is < 1 or > int.MaxValue) || pads.Any(p => p is < 0 or > int.MaxValue))
        {
            throw node.Unsupported("kernel, strides and dilations must be above 0, pads at least 0", "Negative padding is not supported; slice the input instead.");
        }

        if (autoPad is not ("NOTSET" or "VALID" or "SAME_UPPER" or "SAME_LOWER"))
        {
            throw node.Unsupported($"auto_pad = \"{autoPad}\" is not known", "Use explicit pads.");
        }

        return new Window(new(kernel), new(strides), new(dilations), new(pads.Take(rank)), new(pads.Skip(rank)), autoPad, CeilMode: false);
    }

    public int Rank => Kernel.Count;

    public bool IsDilated => Dilations.Any(d => d != 1);

    /// <summary>Such as <c>5×5</c>.</summary>
    public string Size => string.Join("×", Kernel);

    /// <summary>The same window with auto_pad turned into the padding that it means for an input of this size.</summary>
    public Window Resolve(NodeContext node, Shape input)
    {
        if (input.Rank != Rank + 2)
        {
            throw node.ShapeError($"its input {input} should have {Rank + 2} dimensions: batch, channels and {Rank} more");
        }

        if (AutoPad == "NOTSET")
        {
            return this;
        }

        if (AutoPad == "VALID")
        {
            return this with { AutoPad = "NOTSET", PadsBegin = new(new long[Rank]), PadsEnd = new(new long[Rank]) };
        }

        var begin = new long[Rank];
        var end = new long[Rank];
        for (var i = 0; i < Rank; i++)
        {
            if (input[i + 2].IsOpen && Strides[i] != 1)
            {
                throw node.Unsupported($"auto_pad = \"{AutoPad}\" pads by the size of its input, which is open in {input}", "Export the model with a fixed input size or with explicit pads.");
            }

            // With a stride of 1 the padding is the same for every size.
            var size = input[i + 2].IsOpen ? Extent(i) : input[i + 2].Count;
            var output = (size + Strides[i] - 1) / Strides[i];
            var total = Math.Max(0, ((output - 1) * Strides[i]) + Extent(i) - size);
            begin[i] = AutoPad == "SAME_LOWER" ? (total + 1) / 2 : total / 2;
            end[i] = total - begin[i];
        }

        return this with { AutoPad = "NOTSET", PadsBegin = new(begin), PadsEnd = new(end) };
    }

    /// <summary>Spatial size of the output of a resolved window.</summary>
    public IEnumerable<Dim> OutputSize(NodeContext node, Shape input)
    {
        for (var i = 0; i < Rank; i++)
        {
            if (input[i + 2].Symbol is { } symbol)
            {
                yield return OpenSize(symbol, i);
                continue;
            }

            var size = input[i + 2].Count;
            var room = size + PadsBegin[i] + PadsEnd[i] - Extent(i);
            if (room < 0)
            {
                throw node.ShapeError($"its kernel {Size} is larger than its padded input {input}");
            }

            var output = (CeilMode ? (room + Strides[i] - 1) / Strides[i] : room / Strides[i]) + 1;

            // A window that would start behind the input and its first padding does not exist.
            if (CeilMode && (output - 1) * Strides[i] >= size + PadsBegin[i])
            {
                output--;
            }

            yield return output;
        }
    }

    /// <summary>How many windows there are along an axis of open size, in words: ⌈(H-1)/2⌉.</summary>
    private Dim OpenSize(string symbol, int axis)
    {
        static string Plus(string text, long number) => number == 0 ? text : $"{text}{(number > 0 ? "+" : "")}{number}";
        var places = PadsBegin[axis] + PadsEnd[axis] - Extent(axis) + 1;
        return Dim.Open(Strides[axis] == 1
            ? Plus(symbol, places)
            : CeilMode ? $"⌈({Plus(symbol, places - 1)})/{Strides[axis]}⌉+1" : $"⌈({Plus(symbol, places)})/{Strides[axis]}⌉");
    }

    /// <summary>Input elements that the kernel spans along an axis.</summary>
    private long Extent(int axis) => (Dilations[axis] * (Kernel[axis] - 1)) + 1;
}
