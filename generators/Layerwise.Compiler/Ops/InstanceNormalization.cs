using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>(x − μ)/√(σ²+ε)·γ + β with the mean and variance of each channel of each sample. Inputs: x, γ, β.</summary>
public sealed record InstanceNormalization(float Epsilon) : KernelOperator
{
    public static Operator Read(NodeReader node) => new InstanceNormalization(node.Float("epsilon", 1e-5f));

    public override string Name => "InstanceNormalization";

    public override OperatorClass Class => OperatorClass.Normalization;

    public override WayBack WayBack => WayBack.Own;

    public override IEnumerable<(string Name, object Value)> Options => [("epsilon", Epsilon)];

    public override string InputRole(int input) => input == 1 ? "Scale" : "Bias";

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return x.Rank >= 3 && node.Shape(1).Equals(new Shape(x[1])) && node.Shape(2).Equals(new Shape(x[1]))
            ? [x]
            : throw node.ShapeError($"its scale {node.Shape(1)} and bias {node.Shape(2)} do not fit its input {x}");
    }
}
