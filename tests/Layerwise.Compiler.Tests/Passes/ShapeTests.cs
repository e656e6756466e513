using Layerwise.Compiler.Passes;
using Layerwise.Testing;

namespace Layerwise.Compiler.Tests.Passes;

/// <summary>Shapes: the batch is never a number of the file, and open sizes stay open.</summary>
public class ShapeTests
{
    [Theory]
    [InlineData(1, new long[] { 1, 256 }, "[N, 256]")]
    [InlineData(1, new long[] { 1, -1 }, "[N, 256]")]
    [InlineData(1, new long[] { -1, 256 }, "[N, 256]")]
    [InlineData(1, new long[] { 0, -1 }, "[N, 256]")]
    [InlineData(1, new long[] { 0, 16, 16 }, "[N, 16, 16]")]
    [InlineData(2, new long[] { 2, 256 }, "[N, 256]")]
    [InlineData(1, new long[] { -1, 16 }, "[16·N, 16]")]
    [InlineData(2, new long[] { 32, 16 }, "[16·N, 16]")]
    public void A_reshape_keeps_the_batch_open(int batch, long[] target, string shape)
    {
        var model = new ModelBuilder().Input("x", batch, 16, 4, 4).Output("y").Tensor("shape", target, target.Length).Node("Reshape", "x shape", "y");
        Assert.Equal([$"y = Reshape(x, shape) {shape}"], Compile.Dump(Compile.Shaped(model)));
    }

    [Fact]
    public void Shape_arithmetic_before_a_reshape_is_folded()
    {
        var model = new ModelBuilder(opset: 11).Input("x", "batch", 16, 4, 4).Output("y").Tensor("zero", new long[1], []).Tensor("rest", [-1L], 1)
            .Node("Shape", "x", "s").Node("Gather", "s zero", "n").Node("Unsqueeze", "n", "n1", null, ("axes", new[] { 0 })).Node("Concat", "n1 rest", "target", null, ("axis", 0))
            .Node("Reshape", "x target", "y");
        Assert.Equal(["y = Reshape(x, target) [N, 256]"], Compile.Dump(Compile.Shaped(model)));
    }

    [Fact]
    public void A_graph_that_joins_samples_runs_with_its_own_batch_alone()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Output("y", 3, 2).Weight("w", 2, 2).Node("Transpose", "x", "t", "turn").Node("MatMul", "t w", "y", "mix");
        var compiled = Compile.Network(model);
        Assert.Empty(compiled.Problems);
        Assert.Contains("'mix'", Assert.Single(compiled.Notes), StringComparison.Ordinal);
        Assert.Contains("Inputs { get; } = [new(\"x\", [2, 3])];", compiled.NetworkSource, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Softmax", 13)]
    [InlineData("LogSoftmax", 13)]
    [InlineData("Softmax", 12)] // over all axes from the first on
    public void Shares_of_all_samples_are_taken_with_the_exported_batch_alone(string op, int opset)
    {
        var model = new ModelBuilder(opset).Input("x", 2, 3).Output("y", 2, 3).Node("Relu", "x", "h", "relu").Node(op, "h", "y", "shares", ("axis", 0));
        var compiled = Compile.Network(model);
        Assert.Contains(compiled.Notes, note => note.Contains("'shares'", StringComparison.Ordinal));
        Assert.Contains("Inputs { get; } = [new(\"x\", [2, 3])];", compiled.NetworkSource, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SAME_UPPER", "pad: [0, 1]", "padEnd: [1, 1]")]
    [InlineData("SAME_LOWER", "pad: [1, 1]", "padEnd: [0, 1]")]
    public void Auto_pad_becomes_padding(string autoPad, string begin, string end)
    {
        var model = new ModelBuilder().Input("x", "N", 1, 8, 9).Output("y").Weight("w", 1, 1, 3, 3)
            .Node("Conv", "x w", "y", "conv", ("auto_pad", autoPad), ("strides", new[] { 2, 2 }));
        Assert.Equal(["y = Conv 3×3(x, w) [N, 1, 4, 5]"], Compile.Dump(Compile.Shaped(model)));
        Assert.Contains(begin, Compile.Network(model).NetworkSource, StringComparison.Ordinal);
        Assert.Contains(end, Compile.Network(model).NetworkSource, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "[N, 1, 3]")]
    [InlineData(1, "[N, 1, 4]")]
    public void Ceil_mode_counts_the_last_window(int ceil, string shape)
    {
        var model = new ModelBuilder().Input("x", "N", 1, 8).Output("y").Node("MaxPool", "x", "y", null, ("kernel_shape", new[] { 3 }), ("strides", new[] { 2 }), ("ceil_mode", ceil));
        Assert.Equal([$"y = MaxPool 3(x) {shape}"], Compile.Dump(Compile.Shaped(model)));
    }

    [Fact]
    public void A_last_window_that_starts_in_the_padding_behind_does_not_exist()
    {
        var model = new ModelBuilder().Input("x", "N", 1, 4).Output("y")
            .Node("MaxPool", "x", "y", null, ("kernel_shape", new[] { 2 }), ("strides", new[] { 3 }), ("pads", new[] { 1, 1 }), ("ceil_mode", 1));
        Assert.Equal(["y = MaxPool 2(x) [N, 1, 2]"], Compile.Dump(Compile.Shaped(model)));
    }

    [Fact]
    public void Groups_and_dilations_count()
    {
        var model = new ModelBuilder().Input("x", "N", 4, 9, 9).Output("y").Weight("w", 6, 2, 3, 3).Node("Conv", "x w", "y", null, ("group", 2), ("dilations", new[] { 2, 3 }));
        Assert.Equal(["y = Conv 3×3 in 2 groups(x, w) [N, 6, 5, 3]"], Compile.Dump(Compile.Shaped(model)));
    }

    [Fact]
    public void Open_sizes_stay_open_and_are_told_apart()
    {
        var model = new ModelBuilder().Input("x", "N", 1, "H", null).Output("y").Weight("w", 2, 1, 3, 3)
            .Node("Conv", "x w", "h", null, ("pads", new[] { 1, 0, 1, 0 })).Node("MaxPool", "h", "p", null, ("kernel_shape", new[] { 2, 2 }), ("strides", new[] { 2, 2 }))
            .Node("GlobalAveragePool", "p", "y");
        Assert.Equal(["h = Conv 3×3(x, w) [N, 2, H, d3-2]", "p = MaxPool 2×2(h) [N, 2, ⌈(H-1)/2⌉, ⌈(d3-2-1)/2⌉]", "y = GlobalAveragePool(p) [N, 2, 1, 1]"], Compile.Dump(Compile.Shaped(model)));
    }

    [Fact]
    public void An_open_size_that_is_no_plain_word_gets_one()
    {
        var model = new ModelBuilder().Input("x", "N", "*/ evil", "N").Output("y").Node("Relu", "x", "y");
        Assert.Equal(["y = Relu(x) [N, d1, d2]"], Compile.Dump(Compile.Shaped(model)));
    }

    [Theory]
    [InlineData(new[] { 2, 3 }, new[] { 2, 1 }, "[N, 2, 3]")]
    [InlineData(new[] { 3 }, new[] { 4, 3 }, "[N, 4, 3]")]
    public void Sums_broadcast(int[] left, int[] right, string shape)
    {
        object?[] rows = right.Length == 2 && left.Length == 1 ? ["N", 1, .. left.Cast<object?>()] : ["N", .. left.Cast<object?>()];
        var model = new ModelBuilder().Input("a", rows).Input("b", ["N", .. right.Cast<object?>()]).Output("y").Node("Add", "a b", "y");
        Assert.Equal([$"y = Add(a, b) {shape}"], Compile.Dump(Compile.Shaped(model)));
    }
}
