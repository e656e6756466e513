using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Layerwise.Compiler;
using Layerwise.Compiler.Relevance;
using Layerwise.Evidence;
using Layerwise.Testing;
using Layerwise.Tool;
using static TorchSharp.torch;

namespace Layerwise.Tests.Evidence;

/// <summary>What an auditor relies on: a record names all that an explanation was made of, and the same call gives the same one.</summary>
public sealed class AuditRecordTests
{
    private const int Samples = 2, Input = 2 * 8 * 8;

    private static readonly float[] Batch = Numbers(Samples * Input, 7);

    public static TheoryData<string> Backends => [Compiler.Emit.Backend.Managed, Compiler.Emit.Backend.Torch];

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_record_names_what_went_in_and_what_came_out(string backend)
    {
        using var net = Net(backend);
        var now = new DateTimeOffset(2026, 3, 1, 12, 30, 0, TimeSpan.FromHours(2));
        using var why = net.Network.Explain(Batch, Target.Top, new ExplainOptions { Conservation = true, Initial = InitialRelevance.Logit, Audit = new() { Clock = new Fixed(now), Reference = "case 7" } });
        var record = why.ToAuditRecord();

        Assert.Equal((now, TimeSpan.Zero, "case 7"), (record.Time, record.Time.Offset, record.Reference));
        Assert.Equal([new AuditedFile("net.onnx", new FileInfo(net.ModelPath).Length, Hex(File.ReadAllBytes(net.ModelPath)))], record.Model.Files);
        Assert.Equal([new AuditedInput("x", "float32", [Samples, 2, 8, 8], HashOf("2,2,8,8", Batch))], record.Inputs.Select(i => i with { Shape = [.. i.Shape] }), new Same<AuditedInput>());
        Assert.Equal(("lrp", "EpsilonPlus"), (record.Rules.Method, record.Rules.Composite));
        Assert.Equal(net.Network.Rules!.Sha256, record.Rules.Sha256);
        Assert.Equal(backend, record.Execution.Backend.ToString(), ignoreCase: true);
        Assert.Equal(("top", InitialRelevance.Logit), (record.Target.Asked, record.Target.Initial));
        Assert.Equal(why.Target, record.Target.Classes);
        Assert.Equal(why.LogitValues.ToArray(), record.Logits.Values);
        Assert.Equal(HashOf("2,5", why.LogitValues.ToArray()), record.Logits.Sha256);
        Assert.Equal(why.Conservations.Select(c => (c.Target, c.InputSum, c.Gap)), record.Conservation!.Select(c => (c.Target, c.InputSum, c.Gap)));
        var relevance = Assert.Single(record.Relevance);
        Assert.Equal(HashOf("2,2,8,8", why.RelevanceValues.ToArray()), relevance.Sha256);
        for (var i = 0; i < Samples; i++)
        {
            var values = why.RelevanceValues.Slice(i * Input, Input).ToArray();
            Assert.Equal(values.Sum(v => (double)v), relevance.Samples[i].Sum, 1e-5);
            Assert.Equal(values.Sum(v => Math.Abs((double)v)), relevance.Samples[i].AbsoluteSum, 1e-5);
            Assert.Equal(Enumerable.Range(0, Input).OrderByDescending(j => Math.Abs(values[j])).Take(10), relevance.Samples[i].Largest.Select(e => e.Index));
        }

        Assert.True(record.IsSealed);
    }

    [Fact]
    public void Nothing_is_remembered_unless_asked()
    {
        using var net = Net(Compiler.Emit.Backend.Managed);
        using var why = net.Network.Explain(Batch, Target.Top, ExplainOptions.Default);
        Assert.Contains("ExplainOptions.Audit", Assert.Throws<InvalidOperationException>(() => why.ToAuditRecord()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_hundred_runs_are_one_to_the_last_bit(string backend)
    {
        foreach (var threads in backend == Compiler.Emit.Backend.Torch ? new[] { 1, 2 } : [1])
        {
            var before = get_num_threads();
            set_num_threads(threads);
            try
            {
                using var net = Net(backend);
                using var tensors = tensor(Batch, [Samples, 2, 8, 8]);
                var first = Record(net);
                Assert.Equal(threads, first.Execution.Threads);
                for (var run = 0; run < 100; run++)
                {
                    Assert.Empty(first.DifferencesTo(Record(net)));
                }

                using var again = Net(backend);
                using var same = again.Network.Explain([tensors], Target.Top, new ExplainOptions { Audit = new() });
                Assert.Empty(first.DifferencesTo(same.ToAuditRecord()));
            }
            finally
            {
                set_num_threads(before);
            }
        }
    }

    [Fact]
    public void A_model_that_was_overwritten_since_is_refused_and_one_that_was_replaced_is_not_taken_for_it()
    {
        using var net = Net(Compiler.Emit.Backend.Managed);
        var loaded = File.ReadAllBytes(net.ModelPath);
        File.WriteAllBytes(net.ModelPath + ".new", [.. loaded, 0]);
        File.Move(net.ModelPath + ".new", net.ModelPath, overwrite: true);
        Assert.Equal(Hex(loaded), Record(net).Model.Files[0].Sha256);

        using var other = Net(Compiler.Emit.Backend.Managed);
        loaded[^1] ^= 1;
        File.WriteAllText(other.ModelPath + ".copy", "");
        Overwrite(other.ModelPath, loaded);
        var error = Assert.Throws<ModelFileException>(() => Record(other));
        Assert.Contains("changed after", error.Message, StringComparison.Ordinal);
        Assert.Contains(other.ModelPath, error.Message, StringComparison.Ordinal);

        // As programs write that know nothing of .NET's locks.
        static void Overwrite(string path, byte[] content)
        {
            using var copy = System.Diagnostics.Process.Start("cp", [Save(path + ".copy", content), path]);
            copy.WaitForExit();
            Assert.Equal(0, copy.ExitCode);
        }

        static string Save(string path, byte[] content)
        {
            File.WriteAllBytes(path, content);
            return path;
        }
    }

    [Fact]
    public void A_record_reads_back_to_itself()
    {
        using var net = Net(Compiler.Emit.Backend.Managed);
        var record = Record(net) with { Reference = "</script>\u202e\u001b[31m\"" };
        var json = record.ToJson();
        Assert.Empty(new PublishedSchema("audit-record.schema.json").ProblemsOf(json));
        Assert.DoesNotContain("</script>", json, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', json);
        var read = AuditRecord.Parse(json);
        Assert.Equal(json, read.ToJson());
        Assert.Equal(record.Reference, read.Reference);
        Assert.False(read.IsSealed);
        Assert.Equal(AuditPart.Record, Assert.Single(read.DifferencesTo(record)).Part);
    }

    [Fact]
    public void What_is_no_record_says_what_is_wrong()
    {
        using var net = Net(Compiler.Emit.Backend.Managed);
        var json = Record(net).ToJson();
        string Refused(string text) => Assert.Throws<AuditRecordException>(() => AuditRecord.Parse(text)).Message;
        string Changed(Action<JsonObject> change)
        {
            var root = JsonNode.Parse(json)!.AsObject();
            change(root);
            return Refused(root.ToJsonString());
        }

        Assert.Contains("no schema", Refused("{}"), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Refused(""), StringComparison.Ordinal);
        Assert.Contains("no schema", Refused("null"), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Refused("[1]"), StringComparison.Ordinal);
        Assert.Contains("layerwise-audit-record/2", Changed(r => r["schema"] = "layerwise-audit-record/2"), StringComparison.Ordinal);
        Assert.Contains("logits", Changed(r => r.Remove("logits")), StringComparison.Ordinal);
        Assert.Contains("model.files", Changed(r => r["model"]!["files"] = new JsonArray()), StringComparison.Ordinal);
        Assert.Contains("model.files.sha256", Changed(r => r["model"]!["files"]![0]!["sha256"] = "12"), StringComparison.Ordinal);
        Assert.Contains("execution.backend", Changed(r => r["execution"]!["backend"] = 9), StringComparison.Ordinal);
        Assert.Contains("surprise", Changed(r => r["surprise"] = 1), StringComparison.Ordinal);
        Assert.Contains("rules.specification", Changed(r => r["rules"]!["specification"] = "x"), StringComparison.Ordinal);

        // Cut anywhere, it is refused and never half read.
        for (var length = 0; length < json.Length - 2; length += 7)
        {
            Refused(json[..length]);
        }
    }

    [Fact]
    public void Any_byte_that_is_changed_breaks_the_seal_or_the_reading()
    {
        using var net = Net(Compiler.Emit.Backend.Managed);
        var bytes = Encoding.UTF8.GetBytes(Record(net).ToJson());
        Gen.Int[0, bytes.Length - 2].Select(Gen.Int[1, 255]).Sample(
            change =>
            {
                var changed = bytes.ToArray();
                changed[change.Item1] ^= (byte)change.Item2;
                try
                {
                    var read = AuditRecord.Parse(Encoding.UTF8.GetString(changed));
                    Assert.True(!read.IsSealed || read.ToJson() == Encoding.UTF8.GetString(bytes), $"byte {change.Item1}");
                }
                catch (AuditRecordException)
                {
                }
            },
            iter: 2000);
    }

    [Fact]
    public void Rules_have_one_hash_whatever_the_backend_the_class_or_the_file_and_another_for_every_parameter()
    {
        var spec = new ExplainerSpec { ClassName = "Net", Composite = "EpsilonPlus", Rules = new([new LayerRule("fc", new(RuleKind.Gamma) { Gamma = 0.1 })]) };
        string Hash(ExplainerSpec s) => NetworkCompiler.Compile(Manifest(Model()), s).Rules!.Sha256;
        var hash = Hash(spec);
        Assert.Equal(hash, Hash(spec with { Backend = "torch", ClassName = "Other", Namespace = "Shop" }));
        Assert.Equal(hash, Hash(spec with { Composite = "epsilonplus" }));
        string[] others =
        [
            Hash(spec with { Composite = "EpsilonPlusFlat" }),
            Hash(spec with { Stabilizer = 1e-5 }),
            Hash(spec with { DropBias = true }),
            Hash(spec with { Composite = "EpsilonAlpha2Beta1" }),
            Hash(spec with { Composite = "EpsilonAlpha2Beta1", NegativeByDifference = true }),
            Hash(spec with { BFloat16 = true }),
            Hash(spec with { Rules = new([new LayerRule("fc", new(RuleKind.Gamma) { Gamma = 0.2 })]) }),
            Hash(spec with { Rules = new([new LayerRule("fc", new(RuleKind.Gamma, 1e-7) { Gamma = 0.1 })]) }),
            Hash(spec with { Rules = new([new LayerRule("fc", new(RuleKind.Gamma) { Gamma = 0.1, Stabilizer = Stabilizer.Clip })]) }),
            Hash(spec with { Method = "gradient", Rules = EquatableList<LayerRule>.Empty }),
        ];
        Assert.Equal(others.Length + 1, others.Append(hash).Distinct().Count());
    }

    [Fact]
    public void The_specification_of_a_record_gives_the_rules_again()
    {
        var numbers = Gen.Double[0, 10];
        var rule = Gen.Select(OneOf(RuleKind.Epsilon, RuleKind.ZPlus, RuleKind.Gamma, RuleKind.Flat, RuleKind.WSquare), numbers, numbers, Gen.Bool, Gen.Int[0, 7], OneOf("fc", "con*", "Linear", "Gemm"), Gen.Enum<Compiler.Relevance.LayerPosition>())
            .Select((kind, epsilon, gamma, drop, stabilizer, layers, position) => new LayerRule(layers, new(kind, epsilon, drop) { Gamma = gamma, Stabilizer = (Stabilizer)stabilizer }, position));
        Gen.Select(OneOf("EpsilonPlus", "EpsilonPlusFlat", "EpsilonGammaBox", "Custom"), numbers, numbers, Gen.Bool, Gen.Bool, rule.List[0, 3]).Sample(
            (composite, epsilon, gamma, drop, merge, rules) =>
            {
                var spec = new ExplainerSpec
                {
                    ClassName = "Net",
                    Composite = composite,
                    Epsilon = epsilon,
                    Gamma = gamma,
                    DropBias = drop,
                    NegativeByDifference = !drop,
                    BFloat16 = merge,
                    MergeBatchNorm = merge,
                    Low = new(composite == "EpsilonGammaBox" ? [-1.5] : []),
                    High = new(composite == "EpsilonGammaBox" ? [epsilon] : []),
                    Rules = new([.. rules, .. composite == "Custom" ? new[] { new LayerRule("Linear", new(RuleKind.ZPlus)), new LayerRule("Activation", new(RuleKind.Pass)), new LayerRule("AveragePool", new(RuleKind.Norm)), new LayerRule("Affine", new(RuleKind.Norm)) } : []]),
                };
                var asked = NetworkCompiler.Compile(Manifest(Model()), spec).Rules!;
                var again = CompositeFile.Parse(asked.Specification, "it").ApplyTo(new ExplainerSpec { ClassName = "Net", Method = asked.Method, Output = asked.Output });
                Assert.Equal(asked, NetworkCompiler.Compile(Manifest(Model()), again).Rules);
            },
            iter: 60);
    }

    [Fact]
    public void Conditions_and_a_given_relevance_are_named()
    {
        using var net = Net(Compiler.Emit.Backend.Torch);
        using var x = tensor(Batch, [Samples, 2, 8, 8]);
        var fc = net.Network.Layers.Single(l => l.Name == "fc");
        using var why = net.Network.Explain([x], 1, new ExplainOptions { Audit = new(), Conditions = [new Condition(net.Network.Layers[1], 0, 2)] });
        var condition = Assert.Single(why.ToAuditRecord().Conditions);
        Assert.Equal((net.Network.Layers[1].Name, 1), (condition.Layer, condition.Axis));
        Assert.Equal([0, 2], condition.Channels);

        using var relevance = ones(Samples, 5);
        using var given = net.Network.Propagate([x], relevance, new ExplainOptions { Audit = new(), From = fc });
        var target = given.ToAuditRecord().Target;
        Assert.Equal(("relevance", "fc", HashOf("2,5", [.. Enumerable.Repeat(1f, 10)])), (target.Asked, target.From, target.Given));
    }

    [Fact]
    public void What_the_explainer_declares_of_its_input_stands_in_the_record()
    {
        using var net = Net(Compiler.Emit.Backend.Managed);
        using var why = net.Network.Explain(Batch, 1, new ExplainOptions { Audit = new() });
        var record = AuditRecord.Parse(why.ToAuditRecord(new Loans(net.Network)).ToJson());
        Assert.Equal(["paid", "paid"], record.Target.Labels);
        Assert.Equal(["income", "age"], record.Table!.Features);
        Assert.Equal([3f], record.Table.Std);
        Assert.Null(record.Image);
        Assert.Null(why.ToAuditRecord().Table);
        Assert.Empty(why.ToAuditRecord().DifferencesTo(record));
    }

    private sealed record Loans(Runtime.Network Network) : ITableExplainer
    {
        public IReadOnlyList<string> Labels => ["not paid", "paid"];

        public TableInput Table => new(["income", "age"]) { Mean = [1, 2], Std = [3] };
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static AuditRecord Record(Emitted net)
    {
        using var why = net.Network.Explain(Batch, Target.Top, new ExplainOptions { Audit = new() });
        return why.ToAuditRecord();
    }

    private static Emitted Net(string backend) => new(Model(), Emitted.Lrp("EpsilonPlus") with { Backend = backend });

    private static string Manifest(ModelBuilder model)
    {
        var folder = Directory.CreateTempSubdirectory("layerwise-");
        try
        {
            return ModelHost.Manifest(model.Save(Path.Combine(folder.FullName, $"{Guid.NewGuid():N}.onnx")), labels: null);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ModelBuilder Model() => new ModelBuilder().Input("x", "N", 2, 8, 8).Output("y", "N", 5)
        .Tensor("w1", Numbers(108, 1), 6, 2, 3, 3).Tensor("b1", Numbers(6, 2), 6).Tensor("w2", Numbers(30, 4), 5, 6).Tensor("b2", Numbers(5, 5), 5)
        .Node("Conv", "x w1 b1", "c", "conv").Node("Relu", "c", "h", "relu").Node("GlobalAveragePool", "h", "g", "mean").Node("Flatten", "g", "f", "flatten")
        .Node("Gemm", "f w2 b2", "y", "fc", ("transB", 1));

    private static float[] Numbers(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => MathF.Sin((i * i) + seed))];

    private static string HashOf(string shape, float[] values) => Hex([.. Encoding.ASCII.GetBytes($"float32 {shape}\n"), .. MemoryMarshal.AsBytes(values.AsSpan())]);

    private static string Hex(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant();

    private sealed class Fixed(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    // Records compare their lists by reference.
    private sealed class Same<T> : IEqualityComparer<T>
    {
        public bool Equals(T? x, T? y) => System.Text.Json.JsonSerializer.Serialize(x) == System.Text.Json.JsonSerializer.Serialize(y);

        public int GetHashCode(T obj) => 0;
    }
}
