using Layerwise.Compiler;
using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>What comes back through an operator is its derivative: central differences along random directions say the same.</summary>
public abstract class DerivativeTests(string backend)
{
    private const double Step = 4e-3;
    private const double Tolerance = 5e-3;

    // Each over one or two inputs [N, 4, 6] between 0.2 and 0.9, with what else it needs as weights.
    private static readonly Dictionary<string, Func<ModelBuilder, ModelBuilder>> Operators = Build();

    public static TheoryData<string> Names => [.. Operators.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_way_back_is_the_derivative(string name)
    {
        var model = new ModelBuilder(opset: 20).Input("x", "N", 4, 6).Input("b", "N", 4, 6).Output("y", "N", null);
        var gradient = Operators[name](model);
        Assert.SkipUnless(Emitted.BackendsOf(gradient, Emitted.Gradient).Contains(backend), $"The {backend} backend has no kernel for it.");
        using var net = Emit(gradient, Emitted.Gradient);
        var random = new Random(3);
        Tensor Draw(long[] shape, double low, double high) => tensor(Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)(low + ((high - low) * random.NextDouble()))).ToArray(), shape);
        using var scope = NewDisposeScope();
        var (x, b) = (Draw([2, 4, 6], 0.2, 0.9), Draw([2, 4, 6], 0.3, 0.8));
        Tensor Run(Tensor first, Tensor second) => net.Network.Inputs.Count == 1 ? net.Network.PredictLogits([first]) : net.Network.PredictLogits([first, second]);
        var start = Draw(Run(x, b).shape, 0.5, 1.5);
        using var why = net.Network.Inputs.Count == 1 ? net.Network.Propagate([x], start) : net.Network.Propagate([x, b], start);
        for (var round = 0; round < 4; round++)
        {
            var directions = new[] { Draw(x.shape, -1, 1), Draw(b.shape, -1, 1) };
            Tensor Moved(double by) => Run(x.add(directions[0].mul(by)), b.add(directions[1].mul(by))).to(ScalarType.Float64);
            var numeric = Moved(Step).sub(Moved(-Step)).mul(start).sum().item<double>() / (2 * Step);
            var own = why.Relevances.Select((g, i) => g.to(ScalarType.Float64).mul(directions[i]).sum().item<double>()).Sum();
            var size = why.Relevances.Select((g, i) => g.to(ScalarType.Float64).mul(directions[i]).abs().sum().item<double>()).Sum();
            Assert.True(size > 0, "Nothing comes back.");
            Assert.InRange(Math.Abs(numeric - own) / size, 0, Tolerance);
        }
    }

    private static Dictionary<string, Func<ModelBuilder, ModelBuilder>> Build()
    {
        var all = new Dictionary<string, Func<ModelBuilder, ModelBuilder>>();
        foreach (var op in new[]
        {
            "Abs", "Acos", "Asin", "Asinh", "Atan", "Atanh", "Cos", "Cosh", "Erf", "Exp", "Log", "Neg", "Reciprocal", "Sigmoid", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Tan", "Tanh",
            "HardSwish", "Mish", "Gelu", "Relu",
        })
        {
            all[op] = m => m.Node("Sub", "x half", "h").Tensor("half", [op is "Abs" or "Relu" or "Mish" or "Gelu" or "HardSwish" or "Softsign" ? 0.5f : 0f], 1).Node(op, op is "Abs" or "Relu" ? "x" : "h", "y");
        }

        foreach (var (op, attributes) in new (string, (string, object)[])[]
        {
            ("Celu", [("alpha", 0.7f)]), ("Elu", [("alpha", 0.7f)]), ("HardSigmoid", [("alpha", 0.3f)]), ("LeakyRelu", [("alpha", 0.2f)]), ("Selu", []), ("Shrink", [("lambd", 0.05f)]),
        })
        {
            all[op + " of a sum"] = m => m.Tensor("one", [1f], 1).Node("Add", "x one", "p").Node("Neg", "p", "n").Node(op, "p", "above", null, attributes).Node(op, "n", "below", null, attributes).Node("Mul", "above below", "y");
        }

        all["ThresholdedRelu"] = m => m.Node("ThresholdedRelu", "x", "y", null, ("alpha", 0.1f));
        all["Acosh"] = m => m.Tensor("one", [1f], 1).Node("Add", "x one", "h").Node("Acosh", "h", "y");
        all["Clip"] = m => m.Tensor("least", [0f]).Tensor("most", [2f]).Node("Clip", "x least most", "y");
        all["Gelu by tanh"] = m => m.Node("Gelu", "x", "y", null, ("approximate", "tanh"));
        foreach (var op in new[] { "Add", "Sub", "Mul", "Div", "Pow", "Mean", "Sum" })
        {
            all[op + " of two"] = m => m.Node(op, "x b", "y");
        }

        all["Max"] = m => m.Tensor("far", [5f], 1).Node("Add", "x far", "g").Node("Max", "g b", "y");
        all["Min"] = m => m.Tensor("far", [5f], 1).Node("Add", "x far", "g").Node("Min", "g b", "y");
        all["Mul by what is broadcast"] = m => m.Node("ReduceMean", "x", "m", null, ("axes", new[] { 2 })).Node("Mul", "m b", "y");
        all["Div by what is broadcast"] = m => m.Tensor("axes", new long[] { 1 }, 1).Node("ReduceSum", "x axes", "m").Node("Div", "b m", "y");
        all["PRelu"] = m => m.Tensor("slope", [0.2f, 0.3f, 0.4f, 0.5f], 4, 1).Node("Neg", "x", "n").Node("PRelu", "n slope", "y");
        all["Where"] = m => m.Tensor("far", [5f], 1).Node("Less", "x far", "c").Node("Where", "c x b", "y");
        foreach (var op in new[] { "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMean", "ReduceProd", "ReduceSumSquare" })
        {
            all[op] = m => m.Tensor("axes", new long[] { 2 }, 1).Node(op, "x axes", "y", null, ("keepdims", 0));
        }

        all["ReduceSum over two axes"] = m => m.Tensor("axes", new long[] { 1, -1 }, 2).Node("ReduceSum", "x axes", "y", null, ("keepdims", 0));
        foreach (var op in new[] { "ReduceMax", "ReduceMin", "GlobalMaxPool" })
        {
            // Apart from each other, so that a step changes no winner.
            all[op] = m => m.Tensor("steps", [.. Enumerable.Range(0, 24).Select(i => (float)(i * 7 % 24))], 4, 6).Tensor("axes", new long[] { 1, 2 }, 2).Node("Add", "x steps", "h").Node(op, op == "GlobalMaxPool" ? "h" : "h axes", "y");
        }

        all["MatMul"] = m => m.Node("Transpose", "b", "t", null, ("perm", new[] { 0, 2, 1 })).Node("MatMul", "x t", "y");
        all["MatMul of a broadcast matrix"] = m => m.Tensor("shape", new long[] { 0, 1, 4, 6 }, 4).Node("Reshape", "x shape", "p").Tensor("wide", new long[] { 0, 2, 6, 2 }, 4).Node("Reshape", "b wide", "q").Node("MatMul", "p q", "y");
        all["Einsum"] = m => m.Node("Einsum", "x b", "y", null, ("equation", "nij,nkj->nik"));
        all["Softmax"] = m => m.Node("Softmax", "x", "p").Node("Mul", "p b", "y");
        foreach (var (name, attributes) in new (string, (string, object)[])[] { ("", []), (" that is causal", [("is_causal", 1)]), (" with a cap", [("softcap", 0.8f), ("scale", 2f)]) })
        {
            all["Attention" + name] = m =>
            {
                m.Model.OpsetImport[0].Version = 23;
                return m.Tensor("heads", new long[] { 0, 2, 2, 6 }, 4).Node("Reshape", "x heads", "q").Node("Reshape", "b heads", "k").Node("Mul", "q k", "v").Node("Attention", "q k v", "y", null, attributes);
            };
        }

        all["LayerNormalization"] = m => m.Tensor("scale", [1f, 2, 3, 1, 2, 3], 6).Tensor("shift", [1f, 0, 0, 1, 0, 0], 6).Node("LayerNormalization", "x scale shift", "y");
        all["InstanceNormalization"] = m => m.Tensor("scale", [1f, 2, 3, 1], 4).Tensor("shift", [1f, 0, 0, 1], 4).Node("InstanceNormalization", "x scale shift", "y");
        all["GroupNormalization"] = m => m.Tensor("scale", [1f, 2], 2).Tensor("shift", [1f, 0], 2).Node("GroupNormalization", "x scale shift", "y", null, ("num_groups", 2));
        all["LpNormalization of 1"] = m => m.Node("LpNormalization", "x", "y", null, ("p", 1), ("axis", 1));
        all["LpNormalization of 2"] = m => m.Node("LpNormalization", "x", "y");
        all["LRN"] = m => m.Node("LRN", "x", "y", null, ("size", 3), ("alpha", 2f), ("beta", 0.6f), ("bias", 0.8f));
        all["LRN of an even size"] = m => m.Node("LRN", "x", "y", null, ("size", 2), ("alpha", 2f), ("beta", 0.6f));

        // What moves values, with a square behind it, so that each place counts on its own.
        Move("Slice", m => m.Tensor("starts", new long[] { 1, 5 }, 2).Tensor("ends", new long[] { 3, 0 }, 2).Tensor("axes", new long[] { 1, 2 }, 2).Tensor("steps", new long[] { 1, -2 }, 2), "x starts ends axes steps");
        Move("Pad", m => m.Tensor("pads", new long[] { 0, 1, -1, 0, 0, 2 }, 6), "x pads");
        Move("Pad", m => m.Tensor("pads", new long[] { 0, 1, 2, 0, 0, 2 }, 6), "x pads", "reflect", ("mode", "reflect"));
        Move("Gather", m => m.Tensor("places", new long[] { 3, 0, 3 }, 3), "x places", "", ("axis", 1));
        Move("Expand", m => m.Tensor("shape", new long[] { 1, 4, 6 }, 3).Node("ReduceMean", "x", "one", null, ("axes", new[] { 1 })), "one shape");
        Move("Tile", m => m.Tensor("repeats", new long[] { 1, 2, 3 }, 3), "x repeats");
        Move("Split", m => m.Tensor("sizes", new long[] { 1, 2, 1 }, 3).Node("Split", ["x", "sizes"], ["p", "unused", "r"], null, ("axis", 1)).Node("Concat", "r p", "j", null, ("axis", 1)), "j", "", op: "Neg");
        Move("Trilu", m => m, "x", "", ("upper", 0));
        Move("Cast", m => m.Node("Cast", "x", "d", null, ("to", 11)), "d", "", ("to", 1));
        foreach (var (direction, i) in new[] { "forward", "reverse", "bidirectional" }.Select((d, i) => (d, i)))
        {
            var directions = i == 2 ? 2 : 1;
            foreach (var (op, gates, attributes) in new (string, int, (string, object)[])[] { ("RNN", 1, []), ("GRU", 3, []), ("GRU", 3, [("linear_before_reset", 1)]), ("LSTM", 4, []), ("LSTM", 4, [("input_forget", 1)]) })
            {
                all[$"{op} {direction}{(attributes.Length > 0 ? " in its variant" : "")}"] = m => m
                    .Tensor("w", Numbers(directions * gates * 3 * 6, 1), directions, gates * 3, 6).Tensor("r", Numbers(directions * gates * 3 * 3, 2), directions, gates * 3, 3).Tensor("bias", Numbers(directions * gates * 6, 3), directions, gates * 6)
                    .Node("Transpose", "x", "s", null, ("perm", new[] { 1, 0, 2 }))
                    .Node(op, ["s", "w", "r", "bias"], ["all", "last"], op, [("hidden_size", 3), ("direction", direction), .. attributes])
                    .Node("ReduceSum", "all over", "sum", null, ("keepdims", 0)).Tensor("over", new long[] { 0 }, 1)
                    .Node("Mul", "sum last", "z").Node("Transpose", "z", "y", null, ("perm", new[] { 1, 0, 2 }));
            }
        }

        return all;

        void Move(string name, Func<ModelBuilder, ModelBuilder> weights, string inputs, string suffix = "", (string, object) attribute = default, string? op = null)
            => all[name + suffix] = m => weights(m).Node(op ?? name, inputs, "moved", null, attribute == default ? [] : [attribute]).Node("Mul", "moved moved", "y");
    }

    private static float[] Numbers(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => 0.6f * MathF.Sin((i * i) + seed))];

    private Emitted Emit(ModelBuilder model, ExplainerSpec? spec = null) => new(model, (spec ?? Emitted.Lrp("EpsilonPlus")) with { Backend = backend });
}

public sealed class DerivativeTestsOnTorch() : DerivativeTests(Compiler.Emit.Backend.Torch);

public sealed class DerivativeTestsOnManaged() : DerivativeTests(Compiler.Emit.Backend.Managed);
