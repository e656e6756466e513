using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Convolution over 1, 2 or 3 spatial axes. Inputs: x, weight [out, in/groups, …], bias.</summary>
public sealed record Conv(Window Window, long Groups) : Operator
{
    public static Operator Read(NodeReader node)
    {
        node.RequireFloats(1, 2);
        return new Conv(Window.Read(node, kernelIsWeight: true), node.Int("group", 1));
    }

    public override string Name => "Conv";

    public override OperatorClass Class => OperatorClass.Convolution;

    public override bool TakesRelu => true;

    protected override string Form => $"Conv {Window.Size}"
        + (Groups > 1 ? $" in {Groups} groups" : "");

    public override Operator Resolve(NodeContext node) => this with { Window = Window.Of(node.Weight(1, "its weight"), node).Resolve(node, node.Shape(0)) };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        var weight = node.Weight(1, "its weight");
        if (node.Has(2))
        {
            node.Weight(2, "its bias");
        }

        if (weight.Shape.Count != x.Rank || x[1] != weight.Shape[1] * Groups || Groups < 1 || weight.Shape[0] % Groups != 0)
        {
            throw node.ShapeError($"its weight {weight.ShapeText} does not fit its input {x} in {Groups} groups");
        }

        if (!weight.Shape.Skip(2).SequenceEqual(Window.Kernel))
        {
            throw node.ShapeError($"its weight {weight.ShapeText} does not fit kernel_shape {Window.Size}");
        }

        return [new Shape([x[0], weight.Shape[0], .. Window.OutputSize(node, x)])];
    }
}
