using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The operators of ONNX that the compiler reads, by name. A new operator adds one line here.</summary>
public static class OperatorTable
{
    public static readonly IReadOnlyDictionary<string, Func<NodeReader, Operator>> Readers = All();

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
        ["AveragePool"] = AveragePool.Read,
        ["BatchNormalization"] = BatchNormalization.Read,
        ["Cast"] = Cast.Read,
        ["Concat"] = Concat.Read,
        ["Conv"] = Conv.Read,
        ["DepthToSpace"] = DepthToSpace.Read,
        ["Dropout"] = Alias.ReadDropout,
        ["Flatten"] = Flatten.Read,
        ["Gather"] = Gather.Read,
        ["Gemm"] = Gemm.Read,
        ["GlobalAveragePool"] = GlobalAveragePool.Read,
        ["GlobalMaxPool"] = GlobalMaxPool.Read,
        ["Identity"] = Alias.ReadIdentity,
        ["LogSoftmax"] = Softmax.Read,
        ["MatMul"] = MatMul.Read,
        ["MaxPool"] = MaxPool.Read,
        ["Relu"] = Relu.Read,
        ["Reshape"] = Reshape.Read,
        ["Shape"] = ShapeOf.Read,
        ["Softmax"] = Softmax.Read,
        ["Squeeze"] = Squeeze.Read,
        ["Sum"] = Sum.Read,
        ["Transpose"] = Transpose.Read,
        ["Unsqueeze"] = Unsqueeze.Read,
    };
}
