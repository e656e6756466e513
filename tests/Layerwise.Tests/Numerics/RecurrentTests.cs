using CsCheck;
using Layerwise.Compiler;
using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>LSTM, GRU and RNN against ONNX's equations in float64, over all their options.</summary>
public sealed class RecurrentTests(RecurrentTests.Networks networks) : IClassFixture<RecurrentTests.Networks>
{
    private const int Count = 150;
    private const int Samples = 3, Steps = 5;
    private const double Tolerance = 1e-4;

    private static readonly ExplainerSpec Spec = new() { ClassName = "_", Method = "predict" };

    private static readonly RecurrentLayer[] Layers = RecurrentLayer.Any.Array[Count].Single(_ => true, "0N0XIzNsQ0O2");

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Count)];

    // ONNX Runtime has no layers whose samples stand first.
    public static TheoryData<int> SamplesSecond => [.. Enumerable.Range(0, Count).Where(i => !Layers[i].BatchFirst)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_layer_computes_what_its_equations_say(int index)
    {
        using var scope = NewDisposeScope();
        var layer = Layers[index];
        var inputs = Inputs(layer, index);
        using var network = networks.Create($"Layer{index}");
        var outputs = network.PredictAll([.. network.Inputs.Select(i => inputs[i.Name])]);

        for (var n = 0; n < Samples; n++)
        {
            var length = inputs["lengths"][n].item<int>();
            var (y, last, lastCell) = layer.Run(Rows(inputs["x"][n]), layer.HasLengths ? length : Steps, Rows(inputs["first"][n]), Rows(inputs["firstCell"][n]));
            AssertClose(stack(y.Select(Matrix)).transpose(0, 1), layer.BatchFirst ? outputs[0][n] : outputs[0].select(2, n), layer);
            AssertClose(Matrix(last), SampleFirst(outputs[1], layer)[n], layer);
            if (layer.HasCell)
            {
                AssertClose(Matrix(lastCell), SampleFirst(outputs[2], layer)[n], layer);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_batch_is_its_samples(int index)
    {
        using var scope = NewDisposeScope();
        var layer = Layers[index];
        var inputs = Inputs(layer, index);
        using var network = networks.Create($"Layer{index}");
        var batch = network.PredictAll([.. network.Inputs.Select(i => inputs[i.Name])]);
        for (var n = 0; n < Samples; n++)
        {
            var alone = network.PredictAll([.. network.Inputs.Select(i => inputs[i.Name].narrow(0, n, 1))]);
            for (var o = 0; o < batch.Length; o++)
            {
                AssertClose(batch[o].narrow(layer.BatchFirst ? 0 : o == 0 ? 2 : 1, n, 1), alone[o], layer);
            }
        }
    }

    [Theory]
    [MemberData(nameof(SamplesSecond))]
    public void A_layer_computes_what_ONNX_Runtime_does(int index)
    {
        using var scope = NewDisposeScope();
        var layer = Layers[index];
        using var network = networks.Create($"Layer{index}");
        using var runtime = new OnnxRuntime.Runtime(layer.Model.ToArray());

        // Of an empty sequence it gives 0 for the last state, also where there is a first one.
        var inputs = Inputs(layer, index);
        inputs["lengths"].clamp_min_(1);
        var actual = network.PredictAll([.. network.Inputs.Select(i => inputs[i.Name])]);
        foreach (var (expected, output) in runtime.Run(inputs).Zip(actual))
        {
            AssertClose(expected, output, layer);
        }
    }

    [Theory]
    [InlineData("Elu")]
    [InlineData("HardSigmoid")]
    [InlineData("LeakyRelu")]
    public void An_activation_without_parameters_has_those_of_ONNX_Runtime(string activation)
    {
        using var scope = NewDisposeScope();
        var layer = new RecurrentLayer("RNN", "forward", 4, 4, BatchFirst: false) { HasBias = true, Activations = [new(activation)] };
        var inputs = Inputs(layer, 0);
        inputs["x"].mul_(10);
        using var bench = new Workbench().Add("Usual", layer.Model, Spec);
        using var network = bench.Create("Usual");
        using var runtime = new OnnxRuntime.Runtime(layer.Model.ToArray());
        AssertClose(runtime.Run(inputs)[0], network.PredictAll([inputs["x"]])[0], layer);
    }

    [Theory]
    [InlineData("RNN")]
    [InlineData("GRU")]
    [InlineData("LSTM")]
    public void A_reverse_layer_is_a_forward_layer_of_the_sequence_reversed(string op)
    {
        using var scope = NewDisposeScope();
        var layer = new RecurrentLayer(op, "forward", 3, 2, BatchFirst: true) { HasBias = true, HasFirst = true };
        using var bench = new Workbench().Add("Forward", layer.Model, Spec).Add("Reverse", (layer with { Direction = "reverse" }).Model, Spec);
        using var forward = bench.Create("Forward");
        using var reverse = bench.Create("Reverse");
        Gen.Int[0, 1000].Sample(
            seed =>
            {
                using var inner = NewDisposeScope();
                var inputs = Inputs(layer, seed);
                Tensor[] states = [.. forward.Inputs.Skip(1).Select(i => inputs[i.Name])];
                var there = forward.PredictAll([inputs["x"].flip(1), .. states]);
                var back = reverse.PredictAll([inputs["x"], .. states]);
                AssertClose(there[0].flip(1), back[0], layer);
                AssertClose(there[1], back[1], layer);
            },
            iter: 20, threads: 1);
    }

    [Fact]
    public void A_sequence_is_not_the_batch()
    {
        var model = new ModelBuilder().Input("x", "N", 4, 2).Output("y", "N", 1, 4, 3)
            .Tensor("w", new float[6], 1, 3, 2).Tensor("r", new float[9], 1, 3, 3)
            .Node("RNN", "x w r", "y", "layer", ("hidden_size", 3));
        using var bench = new Workbench().Add("Fixed", model, Spec);
        Assert.Contains("it runs along the samples of its input [N, 4, 2]", bench.Compiled("Fixed").NetworkSource, StringComparison.Ordinal);
    }

    /// <summary>Every input that a layer may have; the shortest sequence is empty.</summary>
    private static Dictionary<string, Tensor> Inputs(RecurrentLayer layer, int seed)
    {
        var random = new Random(seed);
        Tensor Numbers(params long[] shape) => tensor(Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)((2 * random.NextDouble()) - 1)).ToArray(), shape);
        long[] state = [Samples, layer.Directions, layer.Hidden];
        return new()
        {
            ["x"] = Numbers(Samples, Steps, layer.Features),
            ["lengths"] = tensor(Enumerable.Range(0, Samples).Select(_ => random.Next(0, Steps + 1)).ToArray()),
            ["first"] = layer.HasFirst ? Numbers(state) : zeros(state),
            ["firstCell"] = layer.HasFirst ? Numbers(state) : zeros(state),
        };
    }

    private static Tensor SampleFirst(Tensor value, RecurrentLayer layer) => layer.BatchFirst ? value : value.transpose(0, 1);

    private static double[][] Rows(Tensor matrix) => [.. Enumerable.Range(0, (int)matrix.shape[0]).Select(i => matrix[i].to(ScalarType.Float64).contiguous().data<double>().ToArray())];

    private static Tensor Matrix(double[][] rows) => tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, rows[0].Length]);

    private static void AssertClose(Tensor expected, Tensor actual, RecurrentLayer layer)
    {
        Assert.Equal(expected.shape, actual.shape);
        var activations = string.Join(", ", layer.Activations?.AsEnumerable() ?? []);
        var difference = expected.to(ScalarType.Float64).sub(actual.to(ScalarType.Float64)).abs().max().item<double>();
        Assert.True(difference <= Tolerance * (1 + expected.abs().max().to(ScalarType.Float64).item<double>()), $"{layer} {activations} differs by {difference:g3}");
    }

    public sealed class Networks : IDisposable
    {
        private readonly Workbench _bench = new();

        public Networks()
        {
            set_num_threads(1);
            for (var i = 0; i < Count; i++)
            {
                _bench.Add($"Layer{i}", Layers[i].Model, Spec);
            }
        }

        internal Runtime.Network Create(string name) => _bench.Create(name);

        public void Dispose() => _bench.Dispose();
    }
}
