using System.Text.Json;
using Layerwise.Compiler;
using Layerwise.Oracle.Graph;
using Layerwise.Testing;
using Layerwise.Tool.Verification;
using TorchSharp;

namespace Layerwise.Tool.Tests;

public sealed class VerifyTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_composite_holds_for_a_network_of_many_kinds_of_layers()
    {
        var run = Cli.Run("verify", Residual("net.onnx"), "--all", "--samples", "2", "--json");
        Assert.Equal((0, ""), (run.Code, run.Error));
        var result = JsonDocument.Parse(run.Output).RootElement;
        Assert.True(result.GetProperty("holds").GetBoolean());
        var composites = result.GetProperty("composites").EnumerateArray().ToList();
        Assert.Equal(Enum.GetValues<Composite>().Length - 1, composites.Count);
        foreach (var composite in composites.Where(c => c.GetProperty("refusal").ValueKind == JsonValueKind.Null))
        {
            Assert.All(composite.GetProperty("layers").EnumerateArray(), l => Assert.Equal(JsonValueKind.Number, l.GetProperty("outputDifference").ValueKind));
            Assert.All(composite.GetProperty("samples").EnumerateArray(), s =>
                Assert.Equal(s.GetProperty("target").GetDouble(), new[] { "inputSum", "biasShare", "stabilizerShare", "withheld", "gap" }.Sum(part => s.GetProperty(part).GetDouble()), 1e-9));
        }

        Assert.Single(composites, c => c.GetProperty("refusal").ValueKind != JsonValueKind.Null); // DeepTaylor: there are positive biases
    }

    [Fact]
    public void A_network_that_computes_something_else_does_not_hold()
    {
        using var host = ModelHost.Load(Residual("net.onnx"), null, new ExplainerSpec { ClassName = "Net", Composite = "EpsilonPlus" });
        using var x = torch.linspace(-1, 1, 72).reshape(1, 2, 6, 6);
        IReadOnlyList<string> Failures(string model) => new VerificationReport("EpsilonPlus") { Layers = new Verifier(host, OracleModel.Read(model), 1_000_000, new Random(1)).Run([x], Target.Top, _ => { }).Layers }.Failures;

        Assert.Empty(Failures(Residual("net.onnx")));
        var failures = Failures(Residual("other.onnx", change: 0.01f));
        Assert.Contains(failures, f => f.StartsWith("conv2 differs from the oracle in its output", StringComparison.Ordinal));
        Assert.Contains(failures, f => f.StartsWith("conv2 differs from the oracle in the relevance", StringComparison.Ordinal));
        Assert.All(failures, f => Assert.StartsWith("conv2 ", f, StringComparison.Ordinal));
    }

    [Fact]
    public void A_layer_that_must_add_up_and_does_not_is_a_failure()
    {
        var layer = new Layer("fc", "Gemm", "[N, 2]", Rule.Epsilon, "", Leak.Bounded, "ε", ["x"], "y");
        IReadOnlyList<string> Failures(Leak leak, double gap) => new VerificationReport("_") { Layers = [new VerifiedLayer(layer with { Leak = leak }) { RelativeGap = gap }] }.Failures;
        Assert.Empty(Failures(Leak.Bounded, 1e-5));
        Assert.Contains("fc does not add up", Assert.Single(Failures(Leak.Bounded, 1e-3)), StringComparison.Ordinal);
        Assert.Single(Failures(Leak.None, double.NaN));
        Assert.Empty(Failures(Leak.Unbounded, 1e-3));
    }

    [Fact]
    public void What_has_no_reference_is_named()
    {
        var model = new ModelBuilder(opset: 17).Input("x", "N", 4).Output("y", "N", 4).Tensor("w", [1f, 2, 0.5f, 1], 4).Tensor("m", [1f, 0, 0, 1, 2, 1, 0, 1, 1, 1, 3, 1, 0, 0, 1, 1], 4, 4)
            .Node("LayerNormalization", "x w", "n", "norm").Node("MatMul", "n m", "y", "fc").Save(_folder["norm.onnx"]);
        var run = Cli.Run("verify", model, "--method", "gradient");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("no reference for norm: LayerNormalization 'norm'", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 of 2 layers compared", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_of_ones_own_is_verified_sample_by_sample()
    {
        var run = Cli.Run("verify", Models.Dense(_folder), "--composite", "EpsilonPlus", "--input", _folder.Array("x.npy", [2, 4], 1, 2, 3, 4, 5, 6, 7, 8));
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("sample 1: target 1 = input", run.Output, StringComparison.Ordinal);
        Assert.Contains("EpsilonPlus: holds", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        Assert.Contains("--samples", Cli.Refused(2, "verify", Models.Dense(_folder), "--samples", "0"), StringComparison.Ordinal);
        Assert.Contains("--input", Cli.Refused(1, "verify", Models.Colors(_folder, anySize: true)), StringComparison.Ordinal);
        Assert.Contains("missing.onnx", Cli.Refused(1, "verify", _folder["missing.onnx"]), StringComparison.Ordinal);
    }

    /// <summary>A convolution with its BatchNormalization, a residual branch, pools and a dense layer.</summary>
    private string Residual(string name, float change = 0)
    {
        static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => MathF.Sin((i * i) + 1))];
        var second = Numbers(144);
        second[1] += change;
        return new ModelBuilder().Input("x", "N", 2, 6, 6).Output("y", "N", 3)
            .Tensor("w1", Numbers(72), 4, 2, 3, 3).Tensor("b1", Numbers(4), 4)
            .Tensor("scale", [1f, 0.5f, 2, 1], 4).Tensor("shift", Numbers(4), 4).Tensor("mean", Numbers(4), 4).Tensor("var", [1f, 2, 0.5f, 1], 4)
            .Tensor("w2", second, 4, 4, 3, 3).Tensor("b2", Numbers(4), 4).Tensor("w3", Numbers(48), 3, 16).Tensor("b3", Numbers(3), 3)
            .Node("Conv", "x w1 b1", "c1", "conv1").Node("BatchNormalization", "c1 scale shift mean var", "n", "norm").Node("Relu", "n", "h1", "relu1")
            .Node("Conv", "h1 w2 b2", "c2", "conv2", ("pads", new[] { 1, 1, 1, 1 })).Node("Relu", "c2", "r2", "relu2").Node("Add", "r2 h1", "h2", "add")
            .Node("MaxPool", "h2", "p", "pool", ("kernel_shape", new[] { 2, 2 }), ("strides", new[] { 2, 2 })).Node("Flatten", "p", "f", "flat")
            .Node("Gemm", "f w3 b3", "y", "fc", ("transB", 1)).Save(_folder[name]);
    }
}
