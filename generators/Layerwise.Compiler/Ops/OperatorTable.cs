using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The operators that the compiler reads, by name; those of another domain than ONNX's own as <c>com.microsoft::Gelu</c>. A new operator adds one line here.</summary>
public static class OperatorTable
{
    public static readonly IReadOnlyDictionary<string, Func<NodeReader, Operator>> Readers = All();

    /// <summary>The name in <see cref="Readers"/>.</summary>
    public static string Key(string domain, string op) => domain is "" or "ai.onnx" ? op : $"{domain}::{op}";

    private static SortedDictionary<string, Func<NodeReader, Operator>> All()
    {
        var readers = new SortedDictionary<string, Func<NodeReader, Operator>>(Own, StringComparer.Ordinal);
        foreach (var name in Reduce.Names)
        {
            readers[name] = Reduce.Read;
        }

        foreach (var function in Elementwise.Functions)
        {
            readers[function.Name] = node => Elementwise.Read(node, function);
        }

        return readers;
    }

    private static Dictionary<string, Func<NodeReader, Operator>> Own => new()
    {
        ["Add"] = Sum.Read,
        ["ArgMax"] = ArgExtreme.Read,
        ["ArgMin"] = ArgExtreme.Read,
        ["Attention"] = Attention.Read,
        ["AveragePool"] = AveragePool.Read,
        ["BatchNormalization"] = BatchNormalization.Read,
        ["Cast"] = Cast.Read,
        ["CastLike"] = CastLike.Read,
        ["Clip"] = Clip.Read,
        ["Concat"] = Concat.Read,
        ["ConstantOfShape"] = ConstantOfShape.Read,
        ["Conv"] = Conv.Read,
        ["ConvTranspose"] = ConvTranspose.Read,
        ["CumSum"] = CumSum.Read,
        ["DepthToSpace"] = DepthToSpace.Read,
        ["DequantizeLinear"] = DequantizeLinear.Read,
        ["Dropout"] = Alias.ReadDropout,
        ["Einsum"] = Einsum.Read,
        ["Expand"] = Expand.Read,
        ["Flatten"] = Flatten.Read,
        ["GRU"] = Recurrent.Read,
        ["Gather"] = Gather.Read,
        ["GatherElements"] = GatherElements.Read,
        ["GatherND"] = GatherND.Read,
        ["Gelu"] = Gelu.Read,
        ["Gemm"] = Gemm.Read,
        ["GlobalAveragePool"] = GlobalAveragePool.Read,
        ["GlobalLpPool"] = GlobalLpPool.Read,
        ["GlobalMaxPool"] = GlobalMaxPool.Read,
        ["GroupNormalization"] = GroupNormalization.Read,
        ["Identity"] = Alias.ReadIdentity,
        ["If"] = If.Read,
        ["InstanceNormalization"] = InstanceNormalization.Read,
        ["LRN"] = LRN.Read,
        ["LSTM"] = Recurrent.Read,
        ["LayerNormalization"] = LayerNormalization.Read,
        ["LogSoftmax"] = Softmax.Read,
        ["LpNormalization"] = LpNormalization.Read,
        ["LpPool"] = LpPool.Read,
        ["MatMul"] = MatMul.Read,
        ["MaxPool"] = MaxPool.Read,
        ["Mod"] = Mod.Read,
        ["OneHot"] = OneHot.Read,
        ["Pad"] = Pad.Read,
        ["QuantizeLinear"] = QuantizeLinear.Read,
        ["RMSNormalization"] = RMSNormalization.Read,
        ["RNN"] = Recurrent.Read,
        ["Range"] = Range.Read,
        ["Relu"] = Relu.Read,
        ["Reshape"] = Reshape.Read,
        ["Resize"] = Resize.Read,
        ["RotaryEmbedding"] = RotaryEmbedding.Read,
        ["Scatter"] = ScatterElements.Read,
        ["ScatterElements"] = ScatterElements.Read,
        ["ScatterND"] = ScatterND.Read,
        ["Shape"] = ShapeOf.Read,
        ["SimplifiedLayerNormalization"] = RMSNormalization.Read,
        ["Size"] = SizeOf.Read,
        ["Slice"] = Slice.Read,
        ["Softmax"] = Softmax.Read,
        ["SpaceToDepth"] = SpaceToDepth.Read,
        ["Split"] = Split.Read,
        ["Squeeze"] = Squeeze.Read,
        ["Sum"] = Sum.Read,
        ["Swish"] = Swish.Read,
        ["Tile"] = Tile.Read,
        ["TopK"] = TopK.Read,
        ["Transpose"] = Transpose.Read,
        ["Trilu"] = Trilu.Read,
        ["Unsqueeze"] = Unsqueeze.Read,
        ["Upsample"] = Resize.Read,
        ["com.microsoft::BiasGelu"] = Gelu.Read,
        ["com.microsoft::FastGelu"] = Gelu.Read,
        ["com.microsoft::Gelu"] = Gelu.Read,
        ["com.microsoft::LayerNormalization"] = LayerNormalization.Read,
        ["com.microsoft::QuickGelu"] = Swish.Read,
        ["com.microsoft::SimplifiedLayerNormalization"] = RMSNormalization.Read,
        ["com.microsoft::SkipLayerNormalization"] = LayerNormalization.ReadSkip,
        ["com.microsoft::SkipSimplifiedLayerNormalization"] = RMSNormalization.ReadSkip,
    };
}
