using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>A BatchNormalization whose parameters are not all weights: what some exporters make of a layer normalization.</summary>
public sealed record ComputedBatchNormalization(float Epsilon) : KernelOperator
{
    public override string Name => "BatchNormalization";

    public override OperatorClass Class => OperatorClass.Normalization;

    public override IEnumerable<(string Name, object Value)> Options => [("epsilon", Epsilon)];

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        for (var i = 1; i < 5; i++)
        {
            if (x.Rank < 2 || !node.Shape(i).Equals(new Shape(x[1])))
            {
                throw node.ShapeError($"its parameter '{node.Node.Inputs[i]}' {node.Shape(i)} does not fit its input {x}");
            }
        }

        return [x];
    }
}
