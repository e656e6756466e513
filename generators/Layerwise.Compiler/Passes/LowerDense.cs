using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Makes one operator of the two that ONNX has for a dense layer: Gemm and MatMul become Dense with a weight [out, in]
/// and a bias [out]. Leaves alone: a product of two computed values; a MatMul and the Add after it are joined by MergeBias.
/// </summary>
public static class LowerDense
{
    public static Graph Run(Graph graph)
    {
        var constants = graph.Constants.ToDictionary(c => c.Key, c => c.Value);
        var names = ValueNames.Of(graph);
        string Define(string name, Constant constant)
        {
            name = names.Fresh(name);
            constants[name] = constant;
            return name;
        }

        Node Lower(Node node)
        {
            if (!(node.Operator is Gemm product && product.IsDense(node, graph)) && !(node.Operator is MatMul && MatMul.IsDense(node, graph)))
            {
                return node;
            }

            var gemm = node.Operator as Gemm ?? new Gemm(1, 1, TransposeA: false, TransposeB: false);
            var weight = Scale(constants[node.Inputs[1]], gemm.Alpha);
            weight = gemm.TransposeB ? weight : new Constant.Transposed(weight, new([1, 0]));
            var inputs = new List<string> { node.Inputs[0], Define(node.Output + "/weight", weight) };
            if (node.Inputs.Count > 2 && node.Inputs[2].Length > 0)
            {
                inputs.Add(Define(node.Output + "/bias", Scale(AsBias(constants[node.Inputs[2]], weight.Shape[0]), gemm.Beta)));
            }

            return node with { Operator = new Dense(node.Operator.Name), Inputs = new(inputs) };
        }

        return graph with { Nodes = [.. graph.Nodes.Select(Lower)], Preparation = [.. graph.Preparation.Select(Lower)], Constants = constants };
    }

    /// <summary>A constant that adds one number to each output, as a vector of them.</summary>
    internal static Constant AsBias(Constant constant, long outputs)
    {
        var count = constant.Shape.Aggregate(1L, (a, b) => a * b);
        var vector = constant.Shape.Count == 1 ? constant : new Constant.Reshaped(constant, new([count]));
        return count == outputs ? vector : new Constant.Expanded(vector, new([outputs]));
    }

    private static Constant Scale(Constant constant, float factor) => factor == 1 ? constant : new Constant.Scaled(constant, factor);
}
