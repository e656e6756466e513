using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The transposed convolution over 1, 2 or 3 spatial axes. Inputs: x, weight [in, out/groups, …], bias.</summary>
/// <param name="Window">The window of the convolution that it transposes.</param>
/// <param name="Groups">Groups of channels that do not see each other.</param>
/// <param name="OutputPadding">Places behind the output that no input reaches by itself.</param>
/// <param name="OutputSize">The spatial size where the file asks for it.</param>
public sealed record ConvTranspose(Window Window, long Groups, EquatableList<long> OutputPadding, EquatableList<long>? OutputSize) : Operator
{
    public static Operator Read(NodeReader node)
    {
        node.RequireFloats(1, 2);
        return new ConvTranspose(Window.Read(node, kernelIsWeight: true), node.Int("group", 1), new(node.Ints("output_padding") ?? []), node.Ints("output_shape") is { } size ? new(size) : null);
    }

    public override string Name => "ConvTranspose";

    public override OperatorClass Class => OperatorClass.Convolution;

    public override bool TakesRelu => true;

    protected override string Form => $"ConvTranspose {Window.Size}" + (Groups > 1 ? $" in {Groups} groups" : "");

    /// <summary>auto_pad and output_shape as pads.</summary>
    public override Operator Resolve(NodeContext node)
    {
        var window = Window.Of(node.Weight(1, "its weight"), node);
        var padding = OutputPadding.Count > 0 ? OutputPadding : new(new long[window.Rank]);
        return padding.Count == window.Rank && padding.All(p => p is >= 0 and <= int.MaxValue) && (OutputSize is null || (OutputSize.Count >= window.Rank && OutputSize.All(s => s > 0)))
            ? (this with { Window = window, OutputPadding = padding, OutputSize = OutputSize is null ? null : new(OutputSize.Skip(OutputSize.Count - window.Rank)) }).ResolvePads(node)
            : throw node.Unsupported($"output_padding [{string.Join(", ", padding)}] or output_shape does not fit a kernel of {window.Rank} dimensions", "The file does not follow the ONNX standard; export it again.");
    }

    private ConvTranspose ResolvePads(NodeContext node)
    {
        var x = node.Shape(0);
        if (x.Rank != Window.Rank + 2 || x.Dims.Skip(2).Any(d => d.IsBatch || (d.IsOpen && (OutputSize is not null || Window.AutoPad.StartsWith("SAME", StringComparison.Ordinal)))))
        {
            throw node.ShapeError($"its input {x} should have {Window.Rank + 2} dimensions of known size: batch, channels and {Window.Rank} more");
        }

        if (Window.AutoPad == "VALID" || (Window.AutoPad == "NOTSET" && OutputSize is null))
        {
            return this with { Window = Window with { AutoPad = "NOTSET" } };
        }

        var (begin, end, behind) = (new long[Window.Rank], new long[Window.Rank], OutputPadding.ToArray());
        for (var i = 0; i < Window.Rank; i++)
        {
            var wanted = OutputSize?[i] ?? checked(x[i + 2].Count * Window.Strides[i]);
            var total = (Window.Strides[i] * (x[i + 2].Count - 1)) + OutputPadding[i] + Extent(i) - wanted;
            if (total == -1)
            {
                (total, behind[i]) = (0, behind[i] + 1);
            }

            if (total < 0)
            {
                throw node.ShapeError($"its output of {wanted} along spatial axis {i} is larger than what its input {x} reaches; output_padding must say so");
            }

            begin[i] = Window.AutoPad == "SAME_UPPER" ? total / 2 : total - (total / 2);
            end[i] = total - begin[i];
        }

        return this with { Window = Window with { AutoPad = "NOTSET", PadsBegin = new(begin), PadsEnd = new(end) }, OutputPadding = new(behind), OutputSize = null };
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var (x, weight) = (node.Shape(0), node.Weight(1, "its weight"));
        if (node.Has(2))
        {
            node.Weight(2, "its bias");
        }

        return weight.Shape.Count == x.Rank && x[1] == weight.Shape[0] && Groups > 0 && weight.Shape[0] % Groups == 0 && weight.Shape.Skip(2).SequenceEqual(Window.Kernel)
            ? [new Shape([x[0], checked(weight.Shape[1] * Groups), .. Enumerable.Range(0, Window.Rank).Select(i => Size(node, x, i))])]
            : throw node.ShapeError($"its weight {weight.ShapeText} does not fit its input {x} in {Groups} groups");
    }

    private Dim Size(NodeContext node, Shape x, int i)
    {
        if (x[i + 2].IsOpen)
        {
            return Dim.Open($"{x[i + 2]}ᵀ");
        }

        var size = checked((Window.Strides[i] * (x[i + 2].Count - 1)) + OutputPadding[i] + Extent(i) - Window.PadsBegin[i] - Window.PadsEnd[i]);
        return size > 0 ? size : throw node.ShapeError($"its padding leaves nothing of the output of {x}");
    }

    private long Extent(int axis) => (Window.Dilations[axis] * (Window.Kernel[axis] - 1)) + 1;
}
