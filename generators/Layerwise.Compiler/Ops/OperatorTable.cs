using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>An operator that the compiler reads.</summary>
/// <param name="Read">Reads a node.</param>
/// <param name="Forms">Which forms of it are taken, for docs/operators.md.</param>
/// <param name="Since">The first opset that has it.</param>
public sealed record OperatorEntry(Func<NodeReader, Operator> Read, string Forms, int Since = 1)
{
    /// <summary>How many inputs must be there at least, and how many there can be.</summary>
    public (int Least, int Most) Inputs { get; init; } = (1, 1);
}

/// <summary>The operators that the compiler reads, by name; those of another domain than ONNX's own as <c>com.microsoft::Gelu</c>. A new operator adds one line here.</summary>
public static class OperatorTable
{
    public static readonly IReadOnlyDictionary<string, OperatorEntry> Entries = All();

    /// <summary>The name in <see cref="Entries"/>.</summary>
    public static string Key(string domain, string op) => domain is "" or "ai.onnx" ? op : $"{domain}::{op}";

    private static SortedDictionary<string, OperatorEntry> All()
    {
        var entries = new SortedDictionary<string, OperatorEntry>(Own, StringComparer.Ordinal);
        foreach (var name in Reduce.Names)
        {
            entries[name] = new(Reduce.Read, "axes as an attribute or a constant; not over the batch") { Inputs = (1, 2) };
        }

        foreach (var function in Elementwise.Functions)
        {
            var (forms, most) = function.TakesMany ? ("any number of inputs, numpy broadcasting", int.MaxValue) : (function.Inputs > 1 ? "numpy broadcasting" : "", function.Inputs);
            entries[function.Name] = new(node => Elementwise.Read(node, function), forms, function.Since) { Inputs = (function.Inputs, most) };
        }

        return entries;
    }

    private static Dictionary<string, OperatorEntry> Own => new()
    {
        ["Add"] = new(Sum.Read, "two inputs, numpy broadcasting; a constant after a linear layer becomes its bias") { Inputs = (2, 2) },
        ["ArgMax"] = new(ArgExtreme.Read, "select_last_index; not over the batch"),
        ["ArgMin"] = new(ArgExtreme.Read, "select_last_index; not over the batch"),
        ["Attention"] = new(Attention.Read, "inputs [N, heads, sequence, size] with as many heads of keys as of queries; mask, causal, softcap, past keys and values; not three dimensions or grouped queries, on which releases of the standard disagree", Since: 23) { Inputs = (3, 7) },
        ["AveragePool"] = new(AveragePool.Read, "1-d to 3-d, auto_pad, ceil_mode, count_include_pad, dilations"),
        ["BatchNormalization"] = new(BatchNormalization.Read, "evaluation mode; parameters that are weights or values") { Inputs = (5, 5) },
        ["Cast"] = new(Cast.Read, "numbers of 4 to 64 bits and truth values; to a type below its own width it rounds, and floats below 32 bits are computed on in float32, integers of 4 in 8"),
        ["CastLike"] = new(CastLike.Read, "as Cast", Since: 15) { Inputs = (2, 2) },
        ["Clip"] = new(Clip.Read, "bounds as attributes, constants or values") { Inputs = (1, 3) },
        ["Concat"] = new(Concat.Read, "any axis but the batch") { Inputs = (1, int.MaxValue) },
        ["ConstantOfShape"] = new(ConstantOfShape.Read, "a shape that is constant or made of shapes, the batch included", Since: 9),
        ["Conv"] = new(Conv.Read, "1-d to 3-d, groups, dilations, auto_pad; weights that are constant or made of constants") { Inputs = (2, 3) },
        ["ConvTranspose"] = new(ConvTranspose.Read, "1-d to 3-d, groups, dilations, auto_pad, output_padding, output_shape; weights that are constant or made of constants") { Inputs = (2, 3) },
        ["CumSum"] = new(CumSum.Read, "exclusive, reverse; a constant axis but the batch", Since: 11) { Inputs = (2, 2) },
        ["DepthToSpace"] = new(DepthToSpace.Read, "DCR and CRD"),
        ["DequantizeLinear"] = new(DequantizeLinear.Read, "one scale, one a slice, or blocks; integers of 4 to 32 bits, floats of 4 and 8", Since: 10) { Inputs = (2, 3) },
        ["Dropout"] = new(Alias.ReadDropout, "outside training") { Inputs = (1, 3) },
        ["Einsum"] = new(Einsum.Read, "any equation that keeps the samples apart", Since: 12) { Inputs = (1, int.MaxValue) },
        ["Expand"] = new(Expand.Read, "a shape that is constant or made of shapes, the batch included", Since: 8) { Inputs = (2, 2) },
        ["Flatten"] = new(Flatten.Read, "any axis"),
        ["GRU"] = new(Recurrent.Read, "all directions, first state, lengths, layouts, activations, clip, linear_before_reset") { Inputs = (3, 6) },
        ["Gather"] = new(Gather.Read, "any axis but the batch") { Inputs = (2, 2) },
        ["GatherElements"] = new(GatherElements.Read, "any axis but the batch", Since: 11) { Inputs = (2, 2) },
        ["GatherND"] = new(GatherND.Read, "batch_dims; not over the batch", Since: 11) { Inputs = (2, 2) },
        ["Gelu"] = new(Gelu.Read, "exact and tanh", Since: 20),
        ["Gemm"] = new(Gemm.Read, "any; with a constant B and C it is a dense layer") { Inputs = (2, 3) },
        ["GlobalAveragePool"] = new(GlobalAveragePool.Read, "1-d to 3-d"),
        ["GlobalLpPool"] = new(GlobalLpPool.Read, "1-d to 3-d"),
        ["GlobalMaxPool"] = new(GlobalMaxPool.Read, "1-d to 3-d"),
        ["GroupNormalization"] = new(GroupNormalization.Read, "scale and bias a channel, or before opset 21 a group", Since: 18) { Inputs = (3, 3) },
        ["Identity"] = new(Alias.ReadIdentity, ""),
        ["If"] = new(If.Read, "a condition that is known when compiling"),
        ["InstanceNormalization"] = new(InstanceNormalization.Read, "1-d to 3-d") { Inputs = (3, 3) },
        ["LRN"] = new(LRN.Read, "any size"),
        ["LSTM"] = new(Recurrent.Read, "all directions, first state, lengths, layouts, activations, clip, peepholes, input_forget") { Inputs = (3, 8) },
        ["LayerNormalization"] = new(LayerNormalization.Read, "any axis but the batch; mean and deviation as outputs", Since: 17) { Inputs = (2, 3) },
        ["LogSoftmax"] = new(Softmax.Read, "any axis; before opset 13 over all axes from one on"),
        ["LpNormalization"] = new(LpNormalization.Read, "p 1 and 2"),
        ["LpPool"] = new(LpPool.Read, "1-d to 3-d, auto_pad, ceil_mode, dilations"),
        ["MatMul"] = new(MatMul.Read, "any; with a constant matrix on the right it is a dense layer") { Inputs = (2, 2) },
        ["MaxPool"] = new(MaxPool.Read, "1-d to 3-d, auto_pad, ceil_mode, dilations, indices"),
        ["Mod"] = new(Mod.Read, "numpy broadcasting, fmod", Since: 10) { Inputs = (2, 2) },
        ["OneHot"] = new(OneHot.Read, "a constant depth", Since: 9) { Inputs = (3, 3) },
        ["Pad"] = new(Pad.Read, "constant, reflect, edge, wrap; negative pads; constant pads and axes") { Inputs = (1, 4) },
        ["QuantizeLinear"] = new(QuantizeLinear.Read, "one scale, one a slice, or blocks; integers of 4 to 16 bits, floats of 4 and 8", Since: 10) { Inputs = (2, 3) },
        ["RMSNormalization"] = new(RMSNormalization.Read, "any axis but the batch", Since: 23) { Inputs = (2, 2) },
        ["RNN"] = new(Recurrent.Read, "all directions, first state, lengths, layouts, activations, clip") { Inputs = (3, 6) },
        ["Range"] = new(Range.Read, "constant or made of shapes", Since: 11) { Inputs = (3, 3) },
        ["Relu"] = new(Relu.Read, ""),
        ["Reshape"] = new(Reshape.Read, "a shape that is constant or made of shapes") { Inputs = (1, 2) },
        ["Resize"] = new(Resize.Read, "nearest, linear, cubic, antialias, all coordinate transformations, aspect ratio policies; constant scales or sizes", Since: 10) { Inputs = (1, 4) },
        ["RotaryEmbedding"] = new(RotaryEmbedding.Read, "interleaved or halves, part of a head, positions", Since: 23) { Inputs = (3, 4) },
        ["Scatter"] = new(ScatterElements.Read, "as ScatterElements", Since: 9) { Inputs = (3, 3) },
        ["ScatterElements"] = new(ScatterElements.Read, "none, add, mul, max, min; any axis but the batch", Since: 11) { Inputs = (3, 3) },
        ["ScatterND"] = new(ScatterND.Read, "none, add, mul, max, min; not over the batch", Since: 11) { Inputs = (3, 3) },
        ["Shape"] = new(ShapeOf.Read, "start, end"),
        ["SimplifiedLayerNormalization"] = new(RMSNormalization.Read, "as RMSNormalization") { Inputs = (2, 2) },
        ["Size"] = new(SizeOf.Read, ""),
        ["Slice"] = new(Slice.Read, "constant starts, ends, axes and steps; the whole of the batch") { Inputs = (1, 5) },
        ["Softmax"] = new(Softmax.Read, "any axis; before opset 13 over all axes from one on"),
        ["SpaceToDepth"] = new(SpaceToDepth.Read, ""),
        ["Split"] = new(Split.Read, "constant sizes; any axis but the batch") { Inputs = (1, 2) },
        ["Squeeze"] = new(Squeeze.Read, "constant axes") { Inputs = (1, 2) },
        ["Sum"] = new(Sum.Read, "any number of inputs, numpy broadcasting") { Inputs = (1, int.MaxValue) },
        ["Swish"] = new(Swish.Read, "alpha", Since: 24),
        ["Tile"] = new(Tile.Read, "constant repeats") { Inputs = (2, 2) },
        ["TopK"] = new(TopK.Read, "largest or smallest, a constant count; any axis but the batch") { Inputs = (1, 2) },
        ["Transpose"] = new(Transpose.Read, "any order"),
        ["Trilu"] = new(Trilu.Read, "a constant diagonal", Since: 14) { Inputs = (1, 2) },
        ["Unsqueeze"] = new(Unsqueeze.Read, "constant axes") { Inputs = (1, 2) },
        ["Upsample"] = new(Resize.Read, "nearest, linear", Since: 7) { Inputs = (1, 2) },
        ["com.microsoft::BiasGelu"] = new(Gelu.Read, "") { Inputs = (2, 2) },
        ["com.microsoft::FastGelu"] = new(Gelu.Read, "a bias") { Inputs = (1, 2) },
        ["com.microsoft::Gelu"] = new(Gelu.Read, ""),
        ["com.microsoft::LayerNormalization"] = new(LayerNormalization.Read, "as LayerNormalization") { Inputs = (2, 3) },
        ["com.microsoft::QuickGelu"] = new(Swish.Read, "alpha"),
        ["com.microsoft::SimplifiedLayerNormalization"] = new(RMSNormalization.Read, "as RMSNormalization") { Inputs = (2, 2) },
        ["com.microsoft::SkipLayerNormalization"] = new(LayerNormalization.ReadSkip, "a bias; the sum as an output") { Inputs = (3, 5) },
        ["com.microsoft::SkipSimplifiedLayerNormalization"] = new(RMSNormalization.ReadSkip, "a bias; the sum as an output") { Inputs = (3, 4) },
    };
}
