using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes.Recognition;

/// <summary>
/// GroupNormalization as PyTorch's exporter writes it: an InstanceNormalization of the groups as channels, then a scale and a bias for each channel.
/// Leaves alone: those without the scale and the bias.
/// </summary>
internal sealed class GroupNorms(Graph graph) : Pattern(graph)
{
    protected override Found? Match(Node node)
    {
        if (node.Operator is not Sum || WithWeight(node) is not { } sum || Producer(sum.Value) is not { Operator: Elementwise { Name: "Mul" } } product || WithWeight(product) is not { } scaled
            || Producer(BeforeReshapes(scaled.Value)) is not { Operator: InstanceNormalization instance } normal || BeforeReshapes(normal.Inputs[0]) is not { } x
            || Computed(x) is not { Rank: >= 3 } shape || !shape.Equals(Graph.Shapes[node.Output]) || !shape.Equals(Graph.Shapes[scaled.Value]))
        {
            return null;
        }

        var (groups, channels) = (Graph.Shapes[normal.Inputs[0]][1], shape[1]);
        if (!Graph.Shapes[normal.Inputs[0]][0].Equals(shape[0]) || channels.IsOpen || channels.IsBatch || groups.IsOpen || groups.IsBatch || channels.Count % groups.Count != 0
            || PerChannel(scaled.Weight, shape) is not { } gamma || PerChannel(sum.Weight, shape) is not { } beta
            || !Graph.Constants.TryGetValue(normal.Inputs[1], out var inner) || !Graph.Constants.TryGetValue(normal.Inputs[2], out var shift))
        {
            return null;
        }

        // The instances' own scale and bias, one a group, mostly 1 and 0, go into those of the channels.
        Constant Spread(Constant perGroup) => new Constant.Reshaped(
            new Constant.Expanded(new Constant.Reshaped(perGroup, new([groups.Count, 1])), new([groups.Count, channels.Count / groups.Count])),
            new([channels.Count]));
        return new(
            new GroupNormalization(groups.Count, instance.Epsilon),
            x,
            Define(node.Output + ".scale", new Constant.Product(gamma, Spread(inner))),
            Define(node.Output + ".bias", new Constant.Sum(beta, new Constant.Product(gamma, Spread(shift)))));
    }

    private Constant? PerChannel(string weight, Shape shape)
        => Graph.Constants[weight] is var constant && MergeBias.IsBias(constant.Shape, shape, 1) ? LowerDense.AsBias(constant, shape[1].Count) : null;
}
