using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>x·Wᵀ + b over the last axis. Inputs: x, weight [out, in], bias [out]. What Gemm and MatMul become.</summary>
/// <param name="Source">The ONNX operator.</param>
public sealed record Dense(string Source) : Operator
{
    public override string Name => Source;

    public override OperatorClass Class => OperatorClass.Dense;

    public override bool TakesRelu => true;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return [new Shape([.. x.Dims.Take(x.Rank - 1), node.Constant(1)!.Shape[0]])];
    }

    /// <summary>Whether adding a constant of this shape adds one number to each output.</summary>
    internal static bool IsBias(IReadOnlyList<long> shape, long outputs)
        => shape.Aggregate(1L, (a, b) => a * b) is var count
            && (count == 1 || (count == outputs && shape.Count > 0 && shape[shape.Count - 1] == outputs));
}
