using Layerwise.Testing;

namespace Layerwise.Compiler.Tests.Passes;

/// <summary>What the reader is told of recognised operators.</summary>
public sealed class RecognizeTests
{
    private static readonly ExplainerSpec Gradient = new() { ClassName = "Net", Method = "gradient" };

    [Fact]
    public void The_file_says_what_was_recognised()
    {
        var model = new ModelBuilder().Input("x", "N", 4).Output("y", "N", 4).Node("Sigmoid", "x", "s").Node("Mul", "x s", "h").Node("Sigmoid", "h", "t").Node("Mul", "h t", "y");
        Assert.Contains("Recognised in several nodes each: 2 Swish.", Compile.Network(model, Gradient).NetworkSource, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x", "1 product is a squeeze-and-excitation gate.")]
    [InlineData("other", null)]
    public void A_gate_is_one_of_the_value_whose_mean_it_is_made_of(string opened, string? note)
    {
        var model = new ModelBuilder().Input("x", "N", 4, 3, 3).Output("y", "N", 4, 3, 3).Tensor("w", new float[8], 2, 4, 1, 1).Tensor("v", new float[8], 4, 2, 1, 1).Node("Neg", "x", "other")
            .Node("GlobalAveragePool", "x", "m").Node("Conv", "m w", "c").Node("Relu", "c", "r").Node("Conv", "r v", "d").Node("Sigmoid", "d", "gate").Node("Mul", $"{opened} gate", "y");
        var source = Compile.Network(model, Gradient).NetworkSource!;
        if (note is null)
        {
            Assert.DoesNotContain("squeeze", source, StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains(note, source, StringComparison.Ordinal);
        }
    }
}
