using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>Canonizers keep the function: outputs and gradients are those of the graph as it stands in the file.</summary>
public sealed class CanonizerLawTests
{
    private const double Tolerance = 1e-5;

    public static TheoryData<string> Forms => [.. Models.Keys];

    private static readonly Dictionary<string, Func<ModelBuilder>> Models = new()
    {
        ["behind a convolution"] = () => Net([4, 6, 5]).Conv("x", "c", 6, 4, 3, 3).Norm("c", "y", 6),
        ["behind a convolution in groups"] = () => Net([4, 6, 5]).Conv("x", "c", 6, 2, 3, 3, ("group", 2)).Norm("c", "y", 6),
        ["behind a transposed convolution"] = () => Net([4, 6, 5]).Transposed("x", "c", 4, 6, 3, 2, ("strides", new[] { 2, 2 })).Norm("c", "y", 6),
        ["behind a transposed convolution in groups"] = () => Net([4, 6, 5]).Transposed("x", "c", 4, 3, 3, 2, ("group", 2)).Norm("c", "y", 6),
        ["behind a dense layer"] = () => Net([4]).Dense("x", "c", 4, 6).Norm("c", "y", 6),
        ["scale and shift behind a convolution"] = () => Net([4, 6, 5]).Conv("x", "c", 6, 4, 3, 3).Norm("c", "n", 6).Affine("n", "y", [6, 1, 1]),
        ["scale and shift behind a transposed convolution in groups"] = () => Net([4, 6, 5]).Transposed("x", "c", 4, 3, 3, 2, ("group", 2)).Affine("c", "y", [1, 6, 1, 1]),
        ["scale and shift behind a dense layer"] = () => Net([4]).Dense("x", "c", 4, 6).Affine("c", "y", [6]),
        ["one number for all"] = () => Net([4]).Dense("x", "c", 4, 6).Affine("c", "y", [1]),
        ["before a convolution"] = () => Net([4, 6, 5]).Norm("x", "n", 4).Conv("n", "y", 6, 4, 3, 3, ("strides", new[] { 2, 1 })),
        ["before a padded convolution"] = () => Net([4, 6, 5]).Norm("x", "n", 4).Conv("n", "y", 6, 4, 3, 3, ("pads", new[] { 1, 2, 0, 1 }), ("strides", new[] { 2, 1 }), ("dilations", new[] { 1, 2 })),
        ["before a padded convolution in groups"] = () => Net([4, 6, 5]).Norm("x", "n", 4).Conv("n", "y", 6, 2, 3, 3, ("group", 2), ("auto_pad", "SAME_UPPER")),
        ["before a convolution over one axis"] = () => Net([4, 9]).Norm("x", "n", 4).Conv("n", "y", 6, 4, 3, null, ("pads", new[] { 1, 1 })),
        ["before a transposed convolution"] = () => Net([4, 6, 5]).Norm("x", "n", 4).Transposed("n", "y", 4, 6, 3, 2, ("strides", new[] { 2, 2 }), ("pads", new[] { 1, 0, 1, 0 })),
        ["before a transposed convolution in groups"] = () => Net([4, 6, 5]).Norm("x", "n", 4).Transposed("n", "y", 4, 3, 3, 2, ("group", 2)),
        ["before a dense layer"] = () => Net([4]).Norm("x", "n", 4).Dense("n", "y", 4, 6),
        ["before and behind"] = () => Net([4, 6, 5]).Norm("x", "n", 4).Conv("n", "c", 6, 4, 3, 3, ("pads", new[] { 1, 1, 1, 1 })).Norm("c", "y", 6, "2"),
        ["before two layers"] = () => Net([4, 6, 5]).Norm("x", "n", 4).Conv("n", "p", 6, 4, 3, 3, ("pads", new[] { 1, 1, 1, 1 })).Conv("n", "q", 6, 4, 1, 1, "2").Node("Add", "p q", "y", "sum"),
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Merging_keeps_the_function(string form)
    {
        using var merged = new Emitted(Models[form](), Emitted.Gradient);
        using var apart = new Emitted(Models[form](), Emitted.Gradient with { MergeBatchNorm = false });
        Assert.True(merged.Network.Layers.Count < apart.Network.Layers.Count);
        Assert.DoesNotContain(merged.Network.Layers, l => l.Op.StartsWith("Mul", StringComparison.Ordinal) || l.Op == "BatchNormalization");

        using var input = tensor(Numbers(3 * (int)merged.Network.Inputs[0].Size), [3, .. merged.Network.Inputs[0].Sample]);
        using var one = merged.Network.Explain([input], 2, InitialRelevance.OneHot);
        using var other = apart.Network.Explain([input], 2, InitialRelevance.OneHot);
        Assert.InRange(ReferenceFiles.RelativeDifference(one.Output, other.Output), 0, Tolerance);
        Assert.InRange(ReferenceFiles.RelativeDifference(one.Relevance, other.Relevance), 0, Tolerance);
    }

    [Fact]
    public void A_normalization_that_others_read_stays()
    {
        using var net = new Emitted(Net([4, 6, 5]).Norm("x", "n", 4).Conv("n", "c", 4, 4, 1, 1).Node("Add", "c n", "y", "sum"), Emitted.Gradient);
        Assert.Contains(net.Network.Layers, l => l.Op == "BatchNormalization");
    }

    private static ModelBuilder Net(object[] sample) => new ModelBuilder(opset: 17).Input("x", ["N", .. sample]).Output("y", ["N", .. sample.Select((_, i) => (object)$"d{i}")]);

    private static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => MathF.Sin((i * i) + 1))];
}

/// <summary>Layers of test networks.</summary>
internal static class TestLayers
{
    public static ModelBuilder Conv(this ModelBuilder model, string x, string y, int outputs, int inputs, int rows, int? columns, params (string, object)[] attributes)
        => model.Conv(x, y, outputs, inputs, rows, columns, "", attributes);

    public static ModelBuilder Conv(this ModelBuilder model, string x, string y, int outputs, int inputs, int rows, int? columns, string suffix, params (string, object)[] attributes)
    {
        long[] kernel = columns is { } c ? [rows, c] : [rows];
        return model.Numbers("w" + suffix, [outputs, inputs, .. kernel]).Numbers("b" + suffix, [outputs]).Node("Conv", $"{x} w{suffix} b{suffix}", y, "conv" + suffix, attributes);
    }

    public static ModelBuilder Transposed(this ModelBuilder model, string x, string y, int inputs, int outputs, int rows, int columns, params (string, object)[] attributes)
        => model.Numbers("w", [inputs, outputs, rows, columns]).Numbers("b", [outputs * (attributes.FirstOrDefault(a => a.Item1 == "group").Item2 as int? ?? 1)]).Node("ConvTranspose", $"{x} w b", y, "conv", attributes);

    public static ModelBuilder Dense(this ModelBuilder model, string x, string y, int inputs, int outputs)
        => model.Numbers("w", [inputs, outputs]).Numbers("b", [outputs]).Node("Gemm", $"{x} w b", y, "fc");

    public static ModelBuilder Norm(this ModelBuilder model, string x, string y, int channels, string suffix = "") => model
        .Numbers("scale" + suffix, [channels]).Numbers("shift" + suffix, [channels]).Numbers("mean" + suffix, [channels]).Tensor("variance" + suffix, [.. Enumerable.Range(1, channels).Select(i => 0.3f * i)], channels)
        .Node("BatchNormalization", $"{x} scale{suffix} shift{suffix} mean{suffix} variance{suffix}", y, "norm" + suffix);

    public static ModelBuilder Affine(this ModelBuilder model, string x, string y, long[] shape)
        => model.Numbers("factor", shape).Numbers("addend", shape).Node("Mul", $"{x} factor", y + "/scaled", "mul").Node("Add", $"{y}/scaled addend", y, "add");

    public static ModelBuilder Numbers(this ModelBuilder model, string name, long[] shape)
        => model.Tensor(name, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => MathF.Sin((i * i) + name.Length))], shape);
}
