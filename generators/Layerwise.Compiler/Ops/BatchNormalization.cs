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

        var epsilon = node.Float("epsilon", 1e-5f);
        return epsilon is >= 0 and <= float.MaxValue ? new BatchNormalization(epsilon) : throw node.Unsupported($"epsilon = {epsilon.ToString(System.Globalization.CultureInfo.InvariantCulture)}", "It is a number that is not negative; export the model again.");
    }

    public override string Name => "BatchNormalization";

    public override OperatorClass Class => OperatorClass.BatchNormalization;

    public override bool TakesRelu => true;

    public override Operator Resolve(NodeContext node)
        => Enumerable.Range(1, 4).All(i => node.Constant(i) is { Type: ElementType.Float32 }) ? this : new ComputedBatchNormalization(Epsilon);

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => new ComputedBatchNormalization(Epsilon).InferShapes(node);

    /// <summary>The parameters, after shapes are inferred.</summary>
    public BatchNormTensors Tensors(Node node, IReadOnlyDictionary<string, Constant> constants)
    {
        Constant Parameter(int input) => constants[node.Inputs[input]];
        return new BatchNormTensors(node.Name, Parameter(1), Parameter(2), Parameter(3), Parameter(4), Epsilon);
    }
}
