using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>(x − μ)/√(σ²+ε)·γ + β with the mean and variance of each group of channels (Wu and He 2018). Inputs: x, γ, β, one a channel; before opset 21 one a group.</summary>
public sealed record GroupNormalization(long Groups, float Epsilon) : KernelOperator
{
    public static Operator Read(NodeReader node)
    {
        node.Ignore("stash_type");
        return new GroupNormalization(node.Int("num_groups", 1), node.Float("epsilon", 1e-5f));
    }

    public override string Name => "GroupNormalization";

    public override OperatorClass Class => OperatorClass.Normalization;

    public override WayBack WayBack => WayBack.Own;

    public override IEnumerable<(string Name, object Value)> Options => [("groups", Groups), ("epsilon", Epsilon)];

    public override string InputRole(int input) => input == 1 ? "Scale" : "Bias";

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var (x, scale) = (node.Shape(0), node.Shape(1));
        return x.Rank >= 2 && Groups > 0 && x[1] is { IsBatch: false, IsOpen: false } channels && channels.Count % Groups == 0
            && scale.Equals(node.Shape(2)) && (scale.Equals(new Shape(channels)) || scale.Equals(new Shape((Dim)Groups)))
            ? [x]
            : throw node.ShapeError($"its {Groups} groups, scale {scale} and bias {node.Shape(2)} do not fit its input {x}");
    }
}
