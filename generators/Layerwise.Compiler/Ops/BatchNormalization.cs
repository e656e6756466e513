using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>(x − μ)·γ/√(σ²+ε) + β along the channels. Inputs: x, γ, β, μ, σ².</summary>
public sealed record BatchNormalization(float Epsilon) : Operator
{
    public static Operator Read(NodeReader node)
    {
        node.RequireFloats(1, 2, 3, 4);
        node.Ignore("momentum", "is_test", "consumed_inputs");
        if (node.Int("training_mode", 0) != 0 || (node.Opset >= 7 && node.HasOutput(1)))
        {
            throw node.Unsupported("it is in training mode", "Export the model in evaluation mode.");
        }

        if (node.Int("spatial", 1) != 1)
        {
            throw node.Unsupported("the attribute 'spatial' = 0 is not supported", "Export the model with opset 9 or later.");
        }

        return new BatchNormalization(node.Float("epsilon", 1e-5f));
    }

    public override string Name => "BatchNormalization";

    public override OperatorClass Class => OperatorClass.BatchNormalization;

    public override bool TakesRelu => true;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        for (var i = 1; i < 5; i++)
        {
            var parameter = node.Weight(i, $"its parameter {i}");
            if (x.Rank < 2 || parameter.Shape.Count != 1 || x[1] != parameter.Shape[0])
            {
                throw node.ShapeError($"its parameter '{node.Node.Inputs[i]}' {parameter.ShapeText} does not fit its input {x}");
            }
        }

        return [x];
    }

    /// <summary>The parameters, after shapes are inferred.</summary>
    public BatchNormTensors Tensors(Node node, IReadOnlyDictionary<string, Constant> constants)
    {
        Constant Parameter(int input) => constants[node.Inputs[input]];
        return new BatchNormTensors(node.Name, Parameter(1), Parameter(2), Parameter(3), Parameter(4), Epsilon);
    }
}
