using Layerwise.Compiler;
using Layerwise.Evidence;
using Layerwise.Testing;
using static TorchSharp.torch;

namespace Layerwise.Tests.Networks;

/// <summary>Texts: tokens in, the relevance of each token out. Padding and masks are the explainer's business.</summary>
public sealed class TextExplainerTests
{
    private static readonly TokenizedText Long = new("not a good film", [5, 1, 2, 3], [new(0, 3), new(4, 1), new(6, 4), new(11, 4)]);
    private static readonly TokenizedText Short = new("good", [7, 2], [new(0, 0), new(0, 4)]);

    [Fact]
    public void The_tokens_of_a_text_share_what_the_embedding_gets()
    {
        using var net = new TextNet(masked: false, length: 6);
        using var why = net.Explain(Long, 1, new ExplainOptions { Initial = InitialRelevance.Logit, Conservation = true });
        var tokens = why.ByToken();

        Assert.Equal(["not", "a", "good", "film"], tokens.Select(t => t.Token));
        Assert.Equal([5, 1, 2, 3], tokens.Select(t => t.Id));
        Assert.True(tokens.Select(t => t.Relevance).Distinct().Count() == 4, "tokens differ");
        using var whole = why.At(net.Text.Embedding).Relevance!.sum();
        Assert.Equal(whole.item<float>(), tokens.Sum(t => t.Relevance) + why.RelevanceOfPadding(), 1e-5f);
        Assert.InRange(Math.Abs(why.Conservation.Gap), 0, 1e-4 * Math.Abs(why.Conservation.Target));
        Assert.Equal(whole.item<float>(), why.Conservation.InputSum, 1e-5); // not the share of a constant
        Assert.Equal(why.Conservation.InputSum, why.Conservation.Layers.Single(l => l.Layer == net.Text.Embedding).Given, 1e-5);
    }

    [Fact]
    public void A_mask_leaves_nothing_for_padding()
    {
        using var net = new TextNet(masked: true, length: 6);
        using var why = net.Explain([Long, Short], 1);
        using var alone = net.Explain(Short, 1);

        Assert.All([0, 1], i => Assert.Equal(0, why.RelevanceOfPadding(i)));
        Assert.Equal(alone.ByToken().Select(t => t.Relevance), why.ByToken(1).Select(t => t.Relevance), (a, b) => MathF.Abs(a - b) <= 1e-4f * MathF.Abs(a));
        Assert.Equal(["", "good"], why.ByToken(1).Select(t => t.Token));
        Assert.Equal(2 * net.Predict(Short).Length, net.Predict([Long, Short]).Length);
    }

    [Fact]
    public void A_model_of_any_length_takes_a_text_as_long_as_it_is()
    {
        using var net = new TextNet(masked: true, length: null);
        using var why = net.Explain([Long, Short], 0);

        Assert.Equal([2, 4, 3], why.At(net.Text.Embedding).Relevance!.shape);
        Assert.Equal(4, why.ByToken(0).Count);
    }

    [Fact]
    public void What_was_asked_for_is_brought_along()
    {
        using var net = new TextNet(masked: false, length: 6);
        using var why = net.Explain(Long, 1, new ExplainOptions { Audit = new(), Conservation = true });

        Assert.NotNull(why.ToAuditRecord(net).Relevance);
        Assert.True(why.HasConservation);
    }

    [Fact]
    public void A_record_has_the_tokens_and_their_relevance()
    {
        using var net = new TextNet(masked: true, length: 6);
        using var why = net.Explain([Long, Short], 1, new ExplainOptions { Audit = new(), Conservation = true });
        var record = AuditRecord.Parse(why.ToAuditRecord().ToJson());

        Assert.Empty(new PublishedSchema("audit-record.schema.json").ProblemsOf(record.ToJson()));
        Assert.True(record.IsSealed);
        Assert.Equal(("embedding", 6, 0L), (record.Text!.Embedding, record.Text.Length, record.Text.Padding));
        Assert.Equal([TokenRole.Ids, TokenRole.Mask], record.Text.Inputs);
        Assert.Equal([Long.Ids, Short.Ids], record.Text.Samples.Select(text => text.Ids));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("good"u8)), record.Text.Samples[1].Sha256);
        Assert.Equal([2, 6], record.Relevance[0].Shape);
        Assert.Equal([.. Enumerable.Range(0, 2).Select(i => why.ByToken(i).Sum(token => (double)token.Relevance))], record.Relevance[0].Samples.Select(sample => sample.Sum), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(record.Conservation![0].InputSum, record.Relevance[0].Samples[0].Sum, 1e-5);
    }

    [Fact]
    public void A_token_that_changed_is_named_and_so_is_a_text_of_many()
    {
        using var net = new TextNet(masked: false, length: null);
        AuditRecord Record(params long[] ids)
        {
            using var why = net.Explain(new TokenizedText(string.Join(' ', ids), ids, new TokenSpan[ids.Length]), 1, new ExplainOptions { Audit = new() });
            return why.ToAuditRecord();
        }

        string[] Named(AuditRecord a, AuditRecord b) => [.. a.DifferencesTo(b).Where(d => d.Part == AuditPart.Input && d.Where != "input_ids").Select(d => $"{d.Where}: {d.Recorded}, {d.Found}")];
        Assert.Empty(Named(Record(1, 2, 3), Record(1, 2, 3)));
        Assert.Equal(["token 1 of text 0: 2, 7", "token 3 of text 0: none, 4"], Named(Record(1, 2, 3), Record(1, 7, 3, 4))[..2]);
        Assert.StartsWith("text 0: 12 tokens 1, 1,", Named(Record([.. Enumerable.Repeat(1L, 12)]), Record([.. Enumerable.Repeat(2L, 11)]))[0], StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var net = new TextNet(masked: false, length: 3);
        Assert.Contains("has 4 tokens, and the network takes 3", Assert.Throws<ShapeException>(() => net.Explain(Long)).Message, StringComparison.Ordinal);
        var unknown = Assert.Throws<UnknownIdException>(() => net.Explain([Short, new TokenizedText("a b", [7, 8], [new(0, 1), new(2, 1)])]));
        Assert.Contains("Token 1 of text 1 has the id 8, and the network knows 0 to 7", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(("input_ids", "0 to 7", 8L), (unknown.Name, unknown.Expected, unknown.Actual));
        Assert.Equal([1L, 1], unknown.Position);
        Assert.Contains("the id -1,", Assert.Throws<UnknownIdException>(() => net.Predict(new TokenizedText("a", [-1], [new(0, 1)]))).Message, StringComparison.Ordinal);
        Assert.Contains("no text", Assert.Throws<ArgumentException>(() => net.Explain([])).Message, StringComparison.Ordinal);
        Assert.Contains("2 ids and 1 offsets", Assert.Throws<ShapeException>(() => new TokenizedText("a", [1, 2], [new(0, 1)])).Message, StringComparison.Ordinal);
        Assert.Contains("Token 0 stands at 1 with 1", Assert.Throws<ArgumentException>(() => new TokenizedText("a", [1], [new(1, 1)])).Message, StringComparison.Ordinal);
    }

    /// <summary>Ids → embedding (→ times the mask) → convolution along the text → the largest of each channel → dense.</summary>
    private sealed class TextNet : ITextExplainer, IDisposable
    {
        private readonly Emitted _net;

        public TextNet(bool masked, int? length)
        {
            object size = length is { } number ? number : "length";
            var model = new ModelBuilder().IntInput("input_ids", "N", size);
            model = (masked ? model.IntInput("attention_mask", "N", size) : model).Output("y", "N", 2)
                .Tensor("table", Numerics(24), 8, 3).Tensor("w", Numerics(36), 4, 3, 3).Tensor("b", new[] { 0.1f, -0.2f, 0.3f, 0 }, 4).Tensor("fc", Numerics(8), 2, 4).Tensor("last", new long[] { 2 }, 1)
                .Node("Gather", "table input_ids", "e", "embedding");
            model = masked
                ? model.Node("Cast", "attention_mask", "m", "cast", ("to", 1)).Node("Unsqueeze", "m last", "m3", "unsqueeze").Node("Mul", "e m3", "x", "mask")
                : model.Node("Identity", "e", "x", "same");
            _net = new Emitted(
                model.Node("Transpose", "x", "t", "turn", ("perm", new[] { 0, 2, 1 })).Node("Conv", "t w b", "c", "conv", ("pads", new[] { 1, 1 })).Node("Relu", "c", "h", "relu")
                    .Node("GlobalMaxPool", "h", "p", "pool").Node("Flatten", "p", "f", "flat").Node("Gemm", "f fc", "y", "dense", ("transB", 1)),
                new ExplainerSpec { ClassName = "Net" });
            TokenRole[] roles = masked ? [TokenRole.Ids, TokenRole.Mask] : [TokenRole.Ids];
            Text = new TextInput(_net.Network.Layers.Single(l => l.Name == "embedding"), roles) { Length = length ?? 0, Vocabulary = 8 };
        }

        public TextInput Text { get; }

        public Runtime.Network Network => _net.Network;

        public IReadOnlyList<string> Labels => [];

        public void Dispose() => _net.Dispose();

        private static float[] Numerics(int count) => [.. Enumerable.Range(0, count).Select(i => ((i * 37 % 11) - 4) / 10f)];
    }
}
