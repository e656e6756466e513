using Layerwise.Compiler;
using Layerwise.Compiler.Relevance;
using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>The balance of an explanation: what each layer takes is what it gives on and what its bias and its stabilizer keep.</summary>
public sealed class ConservationTests(ConservationTests.Networks networks) : IClassFixture<ConservationTests.Networks>
{
    private const int Batch = 2;

    private static readonly (string Name, ExplainerSpec Spec)[] Ways =
    [
        .. new[] { "EpsilonPlus", "EpsilonPlusFlat", "EpsilonGammaBox", "EpsilonAlpha2Beta1", "EpsilonAlpha2Beta1Flat" }.Select(name => (name, Lrp(name))),
        .. new[] { RuleKind.WSquare, RuleKind.CaptumGamma, RuleKind.CaptumAlpha1Beta0, RuleKind.Gamma, RuleKind.Epsilon }.Select(kind => (kind.ToString(), Lrp("EpsilonPlus") with { Rules = new([new LayerRule("Linear", new(kind, 0.01))]) })),
        ("DropBias", Lrp("EpsilonPlusFlat") with { DropBias = true }),
        ("Clip", Lrp("EpsilonPlus") with { Rules = new([new LayerRule("Linear", new(RuleKind.Epsilon, 0.01) { Stabilizer = Compiler.Relevance.Stabilizer.Clip })]) }),
        ("Apart", Lrp("EpsilonPlus") with { MergeBatchNorm = false }),
        ("ByDifference", Lrp("EpsilonAlpha2Beta1") with { NegativeByDifference = true }),
    ];

    public static TheoryData<int, string, string> Cases
    {
        get
        {
            var data = new TheoryData<int, string, string>();
            for (var i = 0; i < 3 * Ways.Length; i++)
            {
                foreach (var backend in Emitted.BackendsOf(new RandomModel(i).Model, Ways[i % Ways.Length].Spec))
                {
                    data.Add(i, Ways[i % Ways.Length].Name, backend);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Relevance_adds_up_layer_by_layer(int seed, string way, string backend)
    {
        var model = new RandomModel(seed);
        using var network = networks.Create(seed, way, backend);
        using var generator = new Generator((ulong)seed);
        using var input = rand([Batch, .. model.InputShape.Select(d => (long)d)], generator: generator) * 2 - 0.7;
        using var why = network.Explain([input], Target.Top, new ExplainOptions { Initial = InitialRelevance.Logit, Conservation = true, Keep = [.. network.Layers.Where(l => l.Leak is not null)] });

        for (var sample = 0; sample < Batch; sample++)
        {
            var balance = why.Conservations[sample];
            Assert.All(balance.Layers, layer =>
            {
                // Rounding is of the size of what is added.
                var size = why.At(layer.Layer).Relevance![sample].abs().sum().item<float>();
                Assert.InRange(Math.Abs(layer.Gap), 0, 1e-5 * size);
                Assert.True(layer.Layer.Leak != Leak.None || Math.Abs(layer.BiasShare) + Math.Abs(layer.StabilizerShare) == 0, $"{layer.Layer.Name} keeps something.");
            });
            Assert.InRange(Math.Abs(balance.Gap), 0, 1e-4 * Math.Abs(balance.Target));
            Assert.Equal(why.Logits[sample, why.Target[sample]].item<float>(), (float)balance.Target);
            Assert.Equal(0, balance.Withheld);
        }
    }

    private static ExplainerSpec Lrp(string composite) => new() { ClassName = "_", Composite = composite, Epsilon = 0.01, Low = new([-1]), High = new([2]) };

    public sealed class Networks : IDisposable
    {
        private readonly Workbench _bench = new();

        public Networks()
        {
            for (var i = 0; i < 3 * Ways.Length; i++)
            {
                var (name, spec) = Ways[i % Ways.Length];
                foreach (var backend in Emitted.BackendsOf(new RandomModel(i).Model, spec))
                {
                    _bench.Add($"Random{i}{name}{backend}", new RandomModel(i).Model, spec with { Backend = backend });
                }
            }
        }

        internal Runtime.Network Create(int seed, string way, string backend) => _bench.Create($"Random{seed}{way}{backend}");

        public void Dispose() => _bench.Dispose();
    }
}
