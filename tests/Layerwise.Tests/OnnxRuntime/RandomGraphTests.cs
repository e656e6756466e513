using System.Globalization;
using CsCheck;
using Layerwise.Compiler;
using Layerwise.Compiler.Ops;
using Layerwise.Tests.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.OnnxRuntime;

/// <summary>Random graphs of all operators compute what ONNX Runtime computes.</summary>
public sealed class RandomGraphTests
{
    private const int Graphs = 300, AtATime = 100, Seed = 1, Samples = 2;
    private const double Tolerance = 1e-4;

    private static readonly ExplainerSpec Spec = new() { ClassName = "_", Method = "predict" };

    private static readonly Gen<RandomPlan> Plans =
        from seed in Gen.Int[0, 9999]
        from sample in Gen.Int[1, 6].Array[1, 3]
        from open in Gen.Frequency((3, Gen.Const(false)), (1, Gen.Const(true)))
        from steps in Gen.Select(Gen.Int[0, RandomOperators.All.Count - 1], Gen.Byte.Array[12]).Array[3, 12]
        select new RandomPlan(seed, sample, open, steps);

    public static TheoryData<int> Batches => [.. Enumerable.Range(0, Graphs / AtATime)];

    [Theory]
    [MemberData(nameof(Batches))]
    public void Random_graphs_compute_what_ONNX_Runtime_does(int batch)
    {
        if (FirstThatFails([.. Enumerable.Range(batch * AtATime, AtATime).Select(Plan)]) is { } plan)
        {
            while (FirstThatFails([.. Smaller(plan)]) is { } smaller)
            {
                plan = smaller;
            }

            Assert.Fail($"{plan}\n{new RandomGraph(plan)}\n{Complaints([plan])[0]}");
        }
    }

    [Fact]
    public void Every_operator_is_in_random_graphs()
    {
        var nodes = Enumerable.Range(0, Graphs).SelectMany(i => new RandomGraph(Plan(i)).Model.Model.Graph.Node);
        var met = nodes.Select(n => OperatorTable.Key(n.Domain, n.OpType)).ToHashSet();
        Assert.Equal(RandomOperators.Without.Keys.Order(StringComparer.Ordinal), OperatorTable.Entries.Keys.Except(met).Order(StringComparer.Ordinal));
    }

    private static RandomPlan Plan(int index) => Plans.Single(_ => true, new PCG((uint)index, Seed).ToString());

    private static RandomPlan? FirstThatFails(IReadOnlyList<RandomPlan> plans)
    {
        // One whose text does not compile takes the others with it: each again by itself.
        var suspects = plans.Zip(Complaints(plans)).Where(p => p.Second is not null).Select(p => p.First).ToList();
        return suspects.Count == 0 ? null
            : suspects.FirstOrDefault(plan => Complaints([plan])[0] is not null) ?? throw new InvalidOperationException("The graphs fail together and pass one by one.");
    }

    /// <summary>The plan with a step or an axis less, with a size or a choice at its least.</summary>
    private static IEnumerable<RandomPlan> Smaller(RandomPlan plan)
    {
        for (var i = plan.Steps.Length - 1; i >= 0; i--)
        {
            yield return plan with { Steps = [.. plan.Steps[..i], .. plan.Steps[(i + 1)..]] };
        }

        for (var i = 0; i < plan.Sample.Length; i++)
        {
            if (plan.Sample.Length > 1)
            {
                yield return plan with { Sample = [.. plan.Sample[..i], .. plan.Sample[(i + 1)..]] };
            }

            if (plan.Sample[i] > 1)
            {
                yield return plan with { Sample = [.. plan.Sample[..i], plan.Sample[i] - 1, .. plan.Sample[(i + 1)..]] };
            }
        }

        for (var i = 0; i < plan.Steps.Length; i++)
        {
            for (var c = 0; c < plan.Steps[i].Choices.Length; c++)
            {
                if (plan.Steps[i].Choices[c] > 0)
                {
                    (int, byte[]) step = (plan.Steps[i].Operator, [.. plan.Steps[i].Choices.Select((choice, at) => at == c ? (byte)0 : choice)]);
                    yield return plan with { Steps = [.. plan.Steps[..i], step, .. plan.Steps[(i + 1)..]] };
                }
            }
        }
    }

    /// <summary>What is wrong with each of the graphs; <c>null</c> where nothing is.</summary>
    private static List<string?> Complaints(IReadOnlyList<RandomPlan> plans)
    {
        using var bench = new Workbench();
        var graphs = plans.Select(plan => new RandomGraph(plan)).ToList();
        var added = graphs.Select((graph, i) => bench.TryAdd($"Graph{i}", graph.Model, Spec)).ToList();
        return [.. graphs.Select((graph, i) => added[i] switch
        {
            [] => Try(() => Compare(bench, $"Graph{i}", graph, plans[i])),

            // Open sizes are more than some operators can have.
            [{ Id: "LW0203" or "LW0206" }] when plans[i].IsOpen => null,
            var problems => string.Join("; ", problems.Select(p => $"{p.Id} {p.Message}")),
        })];
    }

    private static void Compare(Workbench bench, string name, RandomGraph graph, RandomPlan plan)
    {
        using var scope = NewDisposeScope();
        var random = new Random(plan.Seed + 1);
        var count = Samples * plan.Sample.Aggregate(1, (a, b) => a * b);

        // Sixteenths: what is exact on them stays exact.
        var x = tensor(Enumerable.Range(0, count).Select(_ => random.Next(-24, 25) / 16f).ToArray(), [Samples, .. plan.Sample.Select(d => (long)d)]);
        using var runtime = new Runtime(graph.Model.ToArray());
        using var network = bench.Create(name);
        var expected = runtime.Run(new Dictionary<string, Tensor> { ["x"] = x });
        var actual = network.PredictAll([x]);
        foreach (var (output, (e, a)) in bench.Compiled(name).Outputs.Zip(expected.Zip(actual)))
        {
            Assert.True(e.shape.SequenceEqual(a.shape), $"{output.Name} is [{string.Join(", ", a.shape)}], not [{string.Join(", ", e.shape)}]");
            Assert.Equal(e.dtype, a.dtype);
            var error = Error(e, a);
            Assert.True(error <= Tolerance, string.Create(CultureInfo.InvariantCulture, $"{output.Name} differs by {error:g3}: {Numbers(a)} not {Numbers(e)}"));
        }
    }

    /// <summary>The largest difference, relative to numbers above 1.</summary>
    private static double Error(Tensor expected, Tensor actual)
    {
        var (e, a) = (expected.to(ScalarType.Float64), actual.to(ScalarType.Float64));
        var same = a.eq(e).logical_or(a.isnan().logical_and(e.isnan()));
        var difference = a.sub(e).abs().div(e.abs().clamp_min(1)).masked_fill(same, 0).nan_to_num(double.PositiveInfinity);
        return difference.numel() == 0 ? 0 : difference.max().item<double>();
    }

    private static string Numbers(Tensor tensor) => string.Join(" ", tensor.flatten().to(ScalarType.Float64).data<double>().ToArray().Take(12).Select(v => v.ToString("g5", CultureInfo.InvariantCulture)));

    private static string? Try(Action action)
    {
        try
        {
            action();
            return null;
        }
#pragma warning disable CA1031 // Whatever it is, the graph is reported with it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }
}
