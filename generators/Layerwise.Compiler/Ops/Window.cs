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
    /// <param name="kernelIsWeight">Whether a node that does not say its kernel has that of its weight.</param>
    public static Window Read(NodeReader node, bool kernelIsWeight = false)
    {
        var kernel = node.Ints("kernel_shape");
        var pads = node.Ints("pads") ?? [];
        var window = new Window(
            EquatableList<long>.Empty,
            new(node.Ints("strides") ?? []),
            new(node.Ints("dilations") ?? []),
            new(pads.Take((pads.Count + 1) / 2)),
            new(pads.Skip((pads.Count + 1) / 2)),
            node.Choice("auto_pad", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"),
            CeilMode: false);
        return kernel is not null ? window.WithKernel(kernel, node.Unsupported)
            : kernelIsWeight ? window
            : throw node.Unsupported("it has no kernel_shape", "Export the model again; the attribute is required.");
    }

    /// <summary>The window of a node that left its kernel to its weight.</summary>
    /// <param name="weight">[…, …, kernel].</param>
    /// <param name="node">The node.</param>
    public Window Of(Constant weight, NodeContext node) => Rank > 0 || weight.Shape.Count < 3 ? this : WithKernel([.. weight.Shape.Skip(2)], node.Unsupported);

    private Window WithKernel(IReadOnlyList<long> kernel, Func<string, string, CompilationException> refuse)
    {
        var rank = kernel.Count;
        if (rank is < 1 or > 3)
        {
            throw refuse($"a kernel of {rank} dimensions is not supported", "Kernels have 1, 2 or 3 dimensions.");
        }

        EquatableList<long> Or(EquatableList<long> given, long otherwise) => given.Count > 0 ? given : new(Enumerable.Repeat(otherwise, rank));
        var window = this with { Kernel = new(kernel), Strides = Or(Strides, 1), Dilations = Or(Dilations, 1), PadsBegin = Or(PadsBegin, 0), PadsEnd = Or(PadsEnd, 0) };
        if (window.Strides.Count != rank || window.Dilations.Count != rank || window.PadsBegin.Count != rank || window.PadsEnd.Count != rank)
        {
            throw refuse($"strides, dilations and pads do not fit a kernel of {rank} dimensions", "The file does not follow the ONNX standard; export it again.");
        }

        return kernel.Concat(window.Strides).Concat(window.Dilations).Any(v => v is < 1 or > int.MaxValue) || window.PadsBegin.Concat(window.PadsEnd).Any(p => p is < 0 or > int.MaxValue)
            ? throw refuse("kernel, strides and dilations must be above 0, pads at least 0", "Negative padding is not supported; slice the input instead.")
            : window with { Dilations = new(window.Dilations.Select((d, i) => kernel[i] == 1 ? 1 : d)) }; // one element has no distance to another
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
