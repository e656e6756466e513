using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The operators of ONNX that the compiler reads, by name. A new operator adds one line here.</summary>
public static class OperatorTable
{
    public static readonly IReadOnlyDictionary<string, Func<NodeReader, Operator>> Readers = new SortedDictionary<string, Func<NodeReader, Operator>>(StringComparer.Ordinal)
    {
        ["Add"] = Sum.Read,
        ["AveragePool"] = AveragePool.Read,
        ["BatchNormalization"] = BatchNormalization.Read,
        ["Concat"] = Concat.Read,
        ["Conv"] = Conv.Read,
        ["Dropout"] = Alias.ReadDropout,
        ["Flatten"] = Flatten.Read,
        ["Gather"] = Gather.Read,
        ["Gemm"] = Gemm.Read,
        ["GlobalAveragePool"] = GlobalAveragePool.Read,
        ["Identity"] = Alias.ReadIdentity,
        ["MatMul"] = MatMul.Read,
        ["MaxPool"] = MaxPool.Read,
        ["Relu"] = Relu.Read,
        ["Reshape"] = Reshape.Read,
        ["Shape"] = ShapeOf.Read,
        ["Softmax"] = Softmax.Read,
        ["Sum"] = Sum.Read,
        ["Transpose"] = Transpose.Read,
        ["Unsqueeze"] = Unsqueeze.Read,
    };
}
