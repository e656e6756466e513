using Layerwise.Runtime;
using Layerwise.Testing;
using static TorchSharp.torch;
using M = Layerwise.Kernels.Managed;
using T = Layerwise.Kernels.Torch;

namespace Layerwise.Tests.Networks;

/// <summary>
/// Cancelled where it hurts: networks written by hand that say within which layer. What a kernel has in hand then is freed, and what waits for a layer, or
/// holds for the sample, does not meet the next call.
/// </summary>
[Collection(nameof(Alone))]
public sealed class CancelledLayerTests : IDisposable
{
    private static readonly Port[] Input = [new("x", [T.N, 3])];
    private static readonly Port[] Output = [new("y", [T.N, 3])];
    private static readonly Layer[] Table = [new("double", "Add", "[N, 3]", Rule.Norm, "", Leak.None, "", ["x", "x"], "y")];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("layerwise-");
    private readonly string _model;
    private readonly CancellationTokenSource _source = new();

    public CancelledLayerTests() => _model = new ModelBuilder().Input("x", "N", 3).Output("y", "N", 3).Tensor("w", [1f, 2, 3, 4, 5, 6, 7, 8, 9], 3, 3)
        .Node("Gemm", "x w", "y", "fc").Save(Path.Combine(_folder.FullName, "net.onnx"));

    public void Dispose()
    {
        _source.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void What_a_kernel_of_two_results_has_in_hand_is_freed()
    {
        using var net = new OnTorch(Weights.Open(_model), _source.Cancel);
        using var x = ones(1, 3);
        var before = Tensor.TotalCount;
        Assert.Throws<OperationCanceledException>(() => net.Explain([x], 1, new ExplainOptions { CancellationToken = _source.Token }));
        Assert.Throws<OperationCanceledException>(() => net.Predict([x], _source.Token));
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_condition_that_waited_for_its_layer_is_called_off()
    {
        using var net = new OnManaged(Weights.Open(_model), backward: 0, _source.Cancel);
        var options = new ExplainOptions { CancellationToken = _source.Token, Conditions = [new Condition(Table[0], 1)] };
        Assert.Throws<OperationCanceledException>(() => net.Explain([1f, 2, 3], 0, options));
        Assert.Equal([28f, 0, 0], Relevance(net, 1, 2, 3));
    }

    [Fact]
    public void Denominators_that_stood_for_another_target_are_computed_anew()
    {
        using var net = new OnManaged(Weights.Open(_model), backward: 1, _source.Cancel);
        using var x = tensor(new[] { 1f, 2, 3 }, [1, 3]);
        Assert.Throws<OperationCanceledException>(() => net.ExplainEach([x], [0, 1], new ExplainOptions { CancellationToken = _source.Token }));
        Assert.Equal([34f, 0, 0], Relevance(net, 4, 2, 3));
    }

    // The allocation-free call asks for nothing: what it meets is what another one has left.
    private static float[] Relevance(Network net, params float[] x)
    {
        var relevance = new float[3];
        net.Explain(x, 0, relevance, [], InitialRelevance.OneHot);
        return relevance;
    }

    /// <summary>y = 2x, and as much again beside it.</summary>
    private sealed class OnTorch(Weights weights, Action cancel) : T.Network<OnTorch.Values>(weights)
    {
        public override IReadOnlyList<Port> Inputs => Input;

        public override IReadOnlyList<Port> Outputs => Output;

        public override IReadOnlyList<Layer> Layers => Table;

        protected override void Forward(Values f)
        {
            var (y, beside) = (f.X.Value.mul(2), f.X.Value.mul(3));
            cancel();
            f.Y.Set(y);
            f.Beside.Set(beside);
        }

        protected override Values NewFrame(T.Buffers buffers) => new(buffers);

        public sealed class Values(T.Buffers buffers) : T.Frame(buffers)
        {
            public readonly T.Buffer X = buffers.New(T.N, 3), Y = buffers.New(T.N, 3), Beside = buffers.New(T.N, 3);

            public override T.Buffer[] Inputs => [X];

            public override T.Buffer[] Outputs => [Y];
        }
    }

    /// <summary>y = 2x with R = 2r ⊙ Wx, cancelled in one of its ways back.</summary>
    private sealed class OnManaged(Weights weights, int backward, Action cancel) : M.Network<OnManaged.Values>(weights)
    {
        private readonly M.Dense _weight = new(weights.Read("w", [3, 3]), null);
        private int _runs;

        public override IReadOnlyList<Port> Inputs => Input;

        public override IReadOnlyList<Port> Outputs => Output;

        public override IReadOnlyList<Layer> Layers => Table;

        protected override void Forward(Values f) => M.Sum([f.X, f.X], f.Y);

        protected override void Backward(Values f)
        {
            f.At(1);
            if (_runs++ == backward)
            {
                cancel();
            }

            M.Sum([f.Start, f.Start], f.R1);
            _weight.Linear(f.X, f.Z);
            M.Multiply(f.R1, f.Z, f.R0);
        }

        protected override Values NewFrame(M.Buffers buffers) => new(buffers);

        public sealed class Values(M.Buffers buffers) : M.Frame(buffers)
        {
            public readonly M.Buffer X = buffers.New(M.N, 3), Y = buffers.New(M.N, 3), R2 = buffers.New(M.N, 3);

            public readonly M.Buffer R1 = buffers.New(M.N, 3), Z = buffers.New(M.N, 3), R0 = buffers.New(M.N, 3);

            public override M.Buffer[] Inputs => [X];

            public override M.Buffer[] Outputs => [Y];

            public override M.Buffer Start => R2;

            public override M.Buffer?[] Relevances => [R0];

            public override M.Buffer[] TargetFree => [Z];

            public override M.LayerBuffers[] Layers => [new(Y, R1)];
        }
    }
}
