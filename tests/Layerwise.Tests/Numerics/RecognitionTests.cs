using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>What exporters write as several nodes becomes one, which computes the same and has the same derivative.</summary>
public sealed class RecognitionTests
{
    private static readonly float[] Scale = [1f, 2, 0.5f, 1, 3, 2], Shift = [0.1f, 0, -1, 1, 0, 0.3f];

    private static readonly Dictionary<string, (string Operator, Func<ModelBuilder> Model)> Forms = new()
    {
        ["layer norm of PyTorch"] = ("LayerNormalization", () => Centered(Net(4, 6)).Node("Pow", "d two", "q").Node("ReduceMean", "q", "v", null, ("axes", new[] { -1 }))
            .Node("Add", "v eps", "e").Node("Sqrt", "e", "r").Node("Div", "d r", "n").Node("Mul", "n gamma", "s").Node("Add", "s beta", "y")),
        ["layer norm by a product"] = ("LayerNormalization", () => Centered(Net(4, 6)).Node("Mul", "d d", "q").Node("ReduceMean", "q", "v", null, ("axes", new[] { 2 }))
            .Node("Add", "eps v", "e").Node("Sqrt", "e", "r").Node("Reciprocal", "r", "i").Node("Mul", "i d", "n").Node("Mul", "gamma n", "s").Node("Add", "beta s", "y")),
        ["layer norm by a power"] = ("LayerNormalization", () => Centered(Net(4, 6)).Node("Pow", "d two", "q").Node("ReduceMean", "q", "v", null, ("axes", new[] { -1 }))
            .Node("Add", "v eps", "e").Tensor("minus", [-0.5f]).Node("Pow", "e minus", "i").Node("Mul", "d i", "n").Node("Mul", "n gamma", "y")),
        ["layer norm over two axes"] = ("LayerNormalization", () => Net(4, 6).Node("ReduceMean", "x", "m", null, ("axes", new[] { 1, 2 })).Node("Sub", "x m", "d").Node("Mul", "d d", "q")
            .Node("ReduceMean", "q", "v", null, ("axes", new[] { 1, 2 })).Node("Add", "v eps", "e").Node("Sqrt", "e", "r").Node("Div", "d r", "n").Node("Mul", "n gamma", "s").Node("Add", "s beta", "y")),
        ["layer norm of TensorFlow"] = ("LayerNormalization", () => Centered(Net(4, 6)).Node("Mul", "d d", "q").Node("ReduceMean", "q", "v", null, ("axes", new[] { -1 }))
            .Node("Add", "v eps", "e").Node("Sqrt", "e", "r").Node("Reciprocal", "r", "i").Node("Mul", "i gamma", "g").Node("Mul", "x g", "a").Node("Mul", "m g", "b").Node("Sub", "beta b", "c").Node("Add", "a c", "y")),
        ["RMS norm"] = ("RMSNormalization", () => Net(4, 6).Node("Pow", "x two", "q").Node("ReduceMean", "q", "v", null, ("axes", new[] { -1 })).Node("Add", "v eps", "e").Node("Sqrt", "e", "r")
            .Node("Div", "one r", "i").Node("Mul", "x i", "n").Node("Mul", "gamma n", "y")),
        ["LRN of PyTorch"] = ("LRN", () => Response(Net(6, 3, 2))),
        ["group norm of PyTorch"] = ("GroupNormalization", () => Net(6, 3, 2).Tensor("groups", new long[] { 0, 2, -1 }, 3).Tensor("back", new long[] { 0, 6, 3, 2 }, 4).Tensor("ones", [1f, 1], 2).Tensor("zeros", [0f, 0], 2)
            .Node("Reshape", "x groups", "g").Node("InstanceNormalization", "g ones zeros", "i").Node("Reshape", "i back", "n").Tensor("wide", Scale, 6, 1, 1).Tensor("far", Shift, 6, 1, 1).Node("Mul", "n wide", "s").Node("Add", "s far", "y")),
        ["group norm with a scale a group"] = ("GroupNormalization", () => Net(6, 3, 2).Tensor("groups", new long[] { 0, 3, -1 }, 3).Tensor("back", new long[] { 0, 6, 3, 2 }, 4).Tensor("ones", [1f, 2, 3], 3).Tensor("zeros", [0.5f, 0, -1], 3)
            .Node("Reshape", "x groups", "g").Node("InstanceNormalization", "g ones zeros", "i").Node("Reshape", "i back", "n").Tensor("wide", Scale, 6, 1, 1).Tensor("far", Shift, 1, 6, 1, 1).Node("Mul", "n wide", "s").Node("Add", "s far", "y")),
        ["attention"] = ("Attention", () => Heads().Node("MatMul", "q t", "p").Node("Div", "p three", "s").Node("Softmax", "s", "w", null, ("axis", -1)).Node("MatMul", "w v", "y")),
        ["attention with a mask"] = ("Attention", () => Heads().Tensor("mask", [0f, -1, 2, 0.5f, 0, 0, 1, -2, 0.1f], 3, 3).Node("MatMul", "q t", "p").Node("Mul", "three p", "s").Node("Add", "mask s", "a").Node("Softmax", "a", "w", null, ("axis", 3)).Node("MatMul", "w v", "y")),
        ["attention with a computed mask"] = ("Attention", () => Heads().Node("MatMul", "q t", "p").Node("Cos", "x", "mask").Node("Add", "p mask", "a").Node("Softmax", "a", "w", null, ("axis", 3)).Node("MatMul", "w v", "y")),
        ["attention with keys that are turned elsewhere"] = ("Attention", () => Net(2, 3, 3).Node("Neg", "x", "k").Node("Mul", "x three", "v").Node("Sin", "x", "q").Node("MatMul", "q k", "p").Node("Softmax", "p", "w", null, ("axis", -1)).Node("MatMul", "w v", "y")),
        ["a mean over all spatial axes"] = ("GlobalAveragePool", () => Net(6, 3, 2).Node("ReduceMean", "x", "m", null, ("axes", new[] { 2, 3 })).Node("Mul", "m m", "y")),
        ["a mean that drops the axes"] = ("GlobalAveragePool", () => Net(6, 3, 2).Node("ReduceMean", "x", "m", null, ("axes", new[] { -1, -2 }), ("keepdims", 0)).Node("Mul", "m m", "y")),
        ["a pool as large as its input"] = ("GlobalAveragePool", () => Net(6, 3, 2).Node("AveragePool", "x", "m", null, ("kernel_shape", new[] { 3, 2 })).Node("Mul", "m m", "y")),
    };

    private static readonly Dictionary<string, (string Operator, Func<ModelBuilder> Model)> NearMisses = new()
    {
        ["a mean of something else"] = ("LayerNormalization", () => Net(4, 6).Node("Neg", "x", "z").Node("ReduceMean", "z", "m", null, ("axes", new[] { -1 })).Node("Sub", "x m", "d").Node("Mul", "d d", "q")
            .Node("ReduceMean", "q", "v", null, ("axes", new[] { -1 })).Node("Add", "v eps", "e").Node("Sqrt", "e", "r").Node("Div", "d r", "n").Node("Mul", "n gamma", "s").Node("Add", "s beta", "y")),
        ["another axis"] = ("LayerNormalization", () => Net(6, 6).Node("ReduceMean", "x", "m", null, ("axes", new[] { 1 })).Node("Sub", "x m", "d").Node("Mul", "d d", "q")
            .Node("ReduceMean", "q", "v", null, ("axes", new[] { 1 })).Node("Add", "v eps", "e").Node("Sqrt", "e", "r").Node("Div", "d r", "n").Node("Mul", "n gamma", "s").Node("Add", "s beta", "y")),
        ["two axes that differ"] = ("LayerNormalization", () => Centered(Net(6, 6)).Node("Mul", "d d", "q")
            .Node("ReduceMean", "q", "v", null, ("axes", new[] { 1, 2 })).Node("Add", "v eps", "e").Node("Sqrt", "e", "r").Node("Div", "d r", "n").Node("Mul", "n gamma", "s").Node("Add", "s beta", "y")),
        ["an even window"] = ("LRN", () => Response(Net(6, 3, 2), size: 4, before: 2, behind: 1)),
        ["a window off centre"] = ("LRN", () => Response(Net(6, 3, 2), size: 3, before: 2, behind: 0)),
        ["shares that another reads"] = ("Attention", () => Heads().Node("MatMul", "q t", "p").Node("Softmax", "p", "w", null, ("axis", -1)).Node("MatMul", "w v", "z").Node("ReduceMean", "w", "h", null, ("axes", new[] { 3 })).Node("Add", "z h", "y")),
        ["a mask that is broadcast along the keys"] = ("Attention", () => Heads().Node("MatMul", "q t", "p").Node("ReduceMean", "v", "mask", null, ("axes", new[] { 3 })).Node("Add", "p mask", "a").Node("Softmax", "a", "w", null, ("axis", 3)).Node("MatMul", "w v", "y")),
        ["a softmax over the queries"] = ("Attention", () => Heads().Node("MatMul", "q t", "p").Node("Softmax", "p", "w", null, ("axis", 2)).Node("MatMul", "w v", "y")),
        ["a mean over one spatial axis"] = ("GlobalAveragePool", () => Net(6, 3, 2).Node("ReduceMean", "x", "m", null, ("axes", new[] { 3 })).Node("Mul", "m m", "y")),
        ["channels last"] = ("GlobalAveragePool", () => Net(6, 3, 2).Node("ReduceMean", "x", "m", null, ("axes", new[] { 1, 2 })).Node("Mul", "m m", "y")),
    };

    public static TheoryData<string> Recognised => [.. Forms.Keys];

    public static TheoryData<string> LeftAlone => [.. NearMisses.Keys];

    [Theory]
    [MemberData(nameof(Recognised))]
    public void One_node_computes_what_several_did(string name)
    {
        var (op, model) = Forms[name];
        using var net = new Emitted(model(), Emitted.Gradient);
        Assert.Contains(net.Network.Layers, l => l.Op.StartsWith(op, StringComparison.Ordinal));
        AssertSame(net, model());
    }

    [Theory]
    [MemberData(nameof(LeftAlone))]
    public void What_is_another_function_is_left_alone(string name)
    {
        var (op, model) = NearMisses[name];
        using var net = new Emitted(model(), Emitted.Gradient);
        Assert.DoesNotContain(net.Network.Layers, l => l.Op.StartsWith(op, StringComparison.Ordinal));
        AssertSame(net, model());
    }

    /// <summary>The outputs are ONNX Runtime's, and what comes back is their derivative by central differences.</summary>
    private static void AssertSame(Emitted net, ModelBuilder model)
    {
        using var scope = NewDisposeScope();
        using var runtime = new OnnxRuntime.Runtime(model.ToArray());
        var random = new Random(4);
        Tensor Draw(long[] shape) => tensor(Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)((2 * random.NextDouble()) - 1)).ToArray(), shape);
        var x = Draw([2, .. net.Network.Inputs[0].Shape.Skip(1)]);
        var y = net.Network.Predict([x]);
        Assert.InRange(ReferenceFiles.RelativeDifference(y, runtime.Run(new Dictionary<string, Tensor> { ["x"] = x })[0]), 0, 1e-5);

        var start = Draw(y.shape);
        using var why = net.Network.Propagate([x], start);
        for (var round = 0; round < 4; round++)
        {
            const double Step = 4e-3;
            var direction = Draw(x.shape);
            Tensor Moved(double by) => net.Network.Predict([x.add(direction.mul(by))]).to(ScalarType.Float64);
            var numeric = Moved(Step).sub(Moved(-Step)).mul(start).sum().item<double>() / (2 * Step);
            var terms = why.Relevance.to(ScalarType.Float64).mul(direction);
            Assert.InRange(Math.Abs(numeric - terms.sum().item<double>()) / terms.abs().sum().item<double>(), 0, 5e-3);
        }
    }

    private static ModelBuilder Net(params object[] sample) => new ModelBuilder(opset: 17).Input("x", ["N", .. sample]).Output("y", "N", null)
        .Tensor("eps", [1e-2f]).Tensor("two", [2f]).Tensor("one", [1f]).Tensor("three", [3f]).Tensor("gamma", Scale, 6).Tensor("beta", Shift, 6);

    private static ModelBuilder Centered(ModelBuilder model) => model.Node("ReduceMean", "x", "m", null, ("axes", new[] { -1 })).Node("Sub", "x m", "d");

    private static ModelBuilder Heads() => Net(2, 3, 3).Node("Neg", "x", "k").Node("Mul", "x three", "v").Node("Sin", "x", "q").Node("Transpose", "k", "t", null, ("perm", new[] { 0, 1, 3, 2 }));

    private static ModelBuilder Response(ModelBuilder model, int size = 3, int before = 1, int behind = 1) => model
        .Tensor("deep", new long[] { 0, 1, 6, 3, -1 }, 5).Tensor("back", new long[] { 0, 6, 3, 2 }, 4).Tensor("alpha", [0.7f]).Tensor("k", [1.5f]).Tensor("power", [0.6f])
        .Tensor("pads", new long[] { 0, 0, before, 0, 0, 0, 0, behind, 0, 0 }, 10)
        .Node("Mul", "x x", "q").Node("Reshape", "q deep", "u").Node("Pad", "u pads", "w").Node("AveragePool", "w", "a", null, ("kernel_shape", new[] { size, 1, 1 }), ("strides", new[] { 1, 1, 1 }))
        .Node("Reshape", "a back", "m").Node("Mul", "m alpha", "s").Node("Add", "s k", "e").Node("Pow", "e power", "p").Node("Div", "x p", "y");
}
