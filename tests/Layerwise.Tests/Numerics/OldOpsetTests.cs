using Layerwise.Compiler;
using Layerwise.Testing;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>Forms that later opsets write otherwise.</summary>
public sealed class OldOpsetTests
{
    [Fact]
    public void Before_opset_5_a_shape_is_an_attribute()
        => Gives(new ModelBuilder(opset: 4).Input("x", "N", 2, 3).Output("y", "N", 6).Node("Reshape", "x", "y", "reshape", ("shape", new[] { 0, -1 })), [1, 6], 1, 2, 3, 4, 5, 6);

    [Fact]
    public void Before_opset_6_a_type_is_a_word()
        => Gives(new ModelBuilder(opset: 5).Input("x", "N", 2, 3).Output("y", "N", 2, 3).Node("Cast", "x", "i", "toInteger", ("to", "INT32")).Node("Cast", "i", "y", "toFloat", ("to", "FLOAT")), [1, 2, 3], 1, 2, 3, 4, 5, 6);

    [Fact]
    public void In_opset_1_pads_are_paddings()
        => Gives(new ModelBuilder(opset: 1).Input("x", "N", 2, 3).Output("y", "N", 2, 4).Node("Pad", "x", "y", "pad", ("paddings", new[] { 0, 0, 0, 0, 0, 1 })), [1, 2, 4], 1, 2, 3, 0, 4, 5, 6, 0);

    [Fact]
    public void Before_opset_7_the_axis_says_where_the_second_input_belongs()
        => Gives(new ModelBuilder(opset: 6).Input("x", "N", 2, 3).Output("y", "N", 2, 3).Tensor("b", [10f, 20], 2).Node("Add", "x b", "y", "add", ("broadcast", 1), ("axis", 1)), [1, 2, 3], 11, 12, 13, 24, 25, 26);

    private static void Gives(ModelBuilder model, long[] shape, params float[] expected)
    {
        using var net = new Emitted(model, new ExplainerSpec { ClassName = "Net", Method = "predict" });
        using var y = net.Network.Predict([tensor(new[] { 1f, 2, 3, 4, 5, 6 }, [1, 2, 3])]);
        Assert.Equal(shape, y.shape);
        Assert.Equal(expected, y.data<float>().ToArray());
    }
}
