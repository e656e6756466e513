using Layerwise.Compiler;
using Layerwise.Compiler.Relevance;
using Layerwise.Oracle;
using Layerwise.Oracle.Graph;
using Layerwise.Oracle.Rules;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>Emitted networks against the oracle: random graphs, outputs, relevance and gradients.</summary>
public sealed class OracleTests(OracleTests.Networks networks) : IClassFixture<OracleTests.Networks>
{
    // Less the networks whose windows see padding alone, or whose Relus let nothing through.
    private static readonly int[] Seeds = [.. Enumerable.Range(0, 54).Where(IsAlive)];

    private const int Batch = 2;
    private const double Tolerance = 1e-4;

    private static readonly OracleRule Dense = new(RuleName.Epsilon, 0.01);

    private static readonly (string Name, ExplainerSpec Spec, OracleRules Rules)[] Ways =
    [
        ("Plus", Lrp("EpsilonPlus"), new() { Dense = Dense }),
        ("Flat", Lrp("EpsilonPlusFlat") with { MergeBatchNorm = false }, new() { First = new(RuleName.Flat), Dense = Dense, MergeBatchNorm = false }),
        ("Box", Lrp("EpsilonGammaBox") with { Gamma = 0.5, Low = new([-1]), High = new([2]) }, new() { FirstConvolution = new(RuleName.ZBox) { Low = [-1], High = [2] }, Convolution = new(RuleName.Gamma) { Gamma = 0.5 }, Dense = Dense }),
        ("AlphaBeta", Lrp("EpsilonAlpha2Beta1"), new() { Convolution = new(RuleName.AlphaBeta), Dense = Dense }),
        ("Excitation", Lrp("ExcitationBackprop"), new() { Convolution = new(RuleName.ZPlus), Dense = new(RuleName.ZPlus), Relu = new(RuleName.Gradient), BatchNorm = new(RuleName.Gradient) }),
        ("Guided", Lrp("GuidedBackprop"), OracleRules.Gradient with { Relu = new(RuleName.GuidedBackprop) }),
        ("DeconvNet", Lrp("DeconvNet"), OracleRules.Gradient with { Relu = new(RuleName.DeconvNet) }),
        ("Smooth", Lrp("BetaSmooth"), OracleRules.Gradient with { Relu = new(RuleName.BetaSmooth) }),
        ("WSquare", Own(new(RuleKind.WSquare)), new() { Convolution = new(RuleName.WSquare), Dense = new(RuleName.WSquare) }),
        ("CaptumGamma", Own(new(RuleKind.CaptumGamma, 0.01)), new() { Convolution = new(RuleName.CaptumGamma, 0.01), Dense = new(RuleName.CaptumGamma, 0.01) }),
        ("CaptumPlus", Own(new(RuleKind.CaptumAlpha1Beta0, 0.01)), new() { Convolution = new(RuleName.CaptumAlpha1Beta0, 0.01), Dense = new(RuleName.CaptumAlpha1Beta0, 0.01) }),
        ("Slope", new ExplainerSpec { ClassName = "_", Method = "gradient" }, OracleRules.Gradient),
    ];

    public static TheoryData<int, string, string> Cases
    {
        get
        {
            var data = new TheoryData<int, string, string>();
            foreach (var seed in Seeds)
            {
                foreach (var way in WaysOf(seed))
                {
                    foreach (var backend in Emitted.BackendsOf(new RandomModel(seed).Model, way.Spec))
                    {
                        data.Add(seed, way.Name, backend);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_random_network_computes_and_explains_as_the_oracle(int seed, string way, string backend)
    {
        var model = new RandomModel(seed);
        var rules = Ways.Single(w => w.Name == way).Rules;
        var random = new Random(1000 + seed);
        var oracles = Enumerable.Range(0, Batch).Select(_ => WellConditioned(model, rules, random)).ToList();

        using var network = networks.Create(seed, way, backend);
        using var input = Stack(oracles.Select(o => o.Input));
        var starts = oracles.Select(_ => Grid.Of([1, model.Outputs], _ => random.NextDouble() + 0.1)).ToList();
        using var start = Stack(starts);
        using var why = network.Propagate([input], start);

        AssertEqual(oracles.Select(o => o.Oracle.Output), why.Output, "output");
        AssertEqual(oracles.Zip(starts, (o, s) => o.Oracle.Relevance(s.Values)[0]), why.Relevance, "relevance");
    }

    /// <summary>Every network by three ways that differ, from one to the next, so that each way has networks of each kind.</summary>
    private static IEnumerable<(string Name, ExplainerSpec Spec, OracleRules Rules)> WaysOf(int seed) => Enumerable.Range(0, 3).Select(i => Ways[(seed + (i * Ways.Length / 3) + (seed / Ways.Length)) % Ways.Length]);

    private static ExplainerSpec Lrp(string composite) => new() { ClassName = "_", Composite = composite, Epsilon = 0.01 };

    private static ExplainerSpec Own(Compiler.Relevance.Rule rule) => Lrp("EpsilonPlus") with { Rules = new([new LayerRule("Linear", rule)]) };

    private static bool IsAlive(int seed)
    {
        var model = new RandomModel(seed);
        return WellConditioned(model, OracleRules.Gradient, new Random(seed)).Score > 0;
    }

    /// <summary>An input that reaches the output, and for which no denominator nearly cancels: float32 cannot follow float64 there.</summary>
    private static (Grid Input, OracleNetwork Oracle, double Score) WellConditioned(RandomModel model, OracleRules rules, Random random)
    {
        (Grid Input, OracleNetwork Oracle, double Score)? best = null;
        for (var attempt = 0; attempt < 12; attempt++)
        {
            var input = Grid.Of([1, .. model.InputShape], _ => (random.NextDouble() * 2) - 0.7);
            var oracle = new OracleNetwork(OracleModel.Of(model.Model.Model), new Dictionary<string, Grid> { ["x"] = input }, rules);
            var alive = oracle.Relevance([.. Enumerable.Repeat(1.0, model.Outputs)])[0].Largest > 0;
            var score = alive ? oracle.Conditioning : 0;
            if (best is null || score > best.Value.Score)
            {
                best = (input, oracle, score);
            }
        }

        return best!.Value;
    }

    private static Tensor Stack(IEnumerable<Grid> samples)
    {
        var all = samples.ToList();
        return tensor(all.SelectMany(g => g.Values).ToArray(), [all.Count, .. all[0].Shape.Skip(1).Select(d => (long)d)], ScalarType.Float32);
    }

    private static void AssertEqual(IEnumerable<Grid> expected, Tensor actual, string what)
    {
        var wanted = expected.ToList();
        Assert.Equal([wanted.Count, .. wanted[0].Shape.Skip(1).Select(d => (long)d)], actual.shape);
        var values = actual.data<float>().ToArray();
        var largest = wanted.Max(w => w.Largest);
        Assert.True(largest > 0 || what == "relevance", $"The {what} is all 0: this network shows nothing.");
        var worst = wanted.SelectMany(w => w.Values).Zip(values, (e, a) => Math.Abs(e - a)).Max();
        Assert.True(worst <= Tolerance * largest, $"The {what} differs by {worst:g3}, where the largest is {largest:g3}.");
    }

    public sealed class Networks : IDisposable
    {
        private readonly Workbench _bench = new();

        public Networks()
        {
            set_num_threads(1);
            foreach (var seed in Seeds)
            {
                foreach (var (name, spec, _) in WaysOf(seed))
                {
                    foreach (var backend in Emitted.BackendsOf(new RandomModel(seed).Model, spec))
                    {
                        _bench.Add($"Random{seed}{name}{backend}", new RandomModel(seed).Model, spec with { Backend = backend });
                    }
                }
            }
        }

        internal Runtime.Network Create(int seed, string way, string backend) => _bench.Create($"Random{seed}{way}{backend}");

        public void Dispose() => _bench.Dispose();
    }
}
