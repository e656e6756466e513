namespace Layerwise;

/// <summary>What one token of a text says for a class, or against it.</summary>
/// <param name="Token">The token as it stands in the text; empty where it does not.</param>
/// <param name="Id">Its id.</param>
/// <param name="Span">Where it stands.</param>
/// <param name="Relevance">Its relevance, in the unit that relevance started with: shares of 1, or of the logit.</param>
public sealed record TokenRelevance(string Token, long Id, TokenSpan Span, float Relevance);

/// <summary>
/// Why a network said what it said about one or more texts, token by token. Owns its tensors: dispose it. An id has no relevance, so that of
/// the inputs in <see cref="Explanation.Conservation"/> is what comes to the embedding: of the tokens, and of padding.
/// </summary>
public sealed class TextExplanation : Explanation
{
    internal TextExplanation(Explanation explanation, IReadOnlyList<string> labels, TextInput input, IReadOnlyList<TokenizedText> texts, float[] relevance)
        : base(explanation, labels, explanation.HasConservation ? Balances(explanation.Conservations, input.Embedding, relevance) : null)
        => (Input, Texts, TokenRelevance) = (input, texts, relevance);

    /// <summary>The texts.</summary>
    public IReadOnlyList<TokenizedText> Texts { get; }

    /// <summary>How the tokens became the network's inputs.</summary>
    internal TextInput Input { get; }

    /// <summary>The relevance of every token, padding too: [N, length].</summary>
    internal float[] TokenRelevance { get; }

    /// <summary>The relevance of each token of a text, in their order: what comes to its embedding, summed.</summary>
    /// <param name="sample">Which text, 0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such text.</exception>
    public IReadOnlyList<TokenRelevance> ByToken(int sample = 0)
    {
        var text = TextOf(sample);
        var relevance = Row(sample);
        return [.. text.Offsets.Select((span, i) => new TokenRelevance(text.Text.Substring(span.Start, span.Length), text.Ids[i], span, relevance[i]))];
    }

    /// <summary>The relevance behind the last token of a text: 0 where the network does not read its padding.</summary>
    /// <param name="sample">Which text, 0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such text.</exception>
    public float RelevanceOfPadding(int sample = 0)
    {
        var (text, sum) = (TextOf(sample), 0f);
        foreach (var share in Row(sample).AsSpan(text.Ids.Count))
        {
            sum += share;
        }

        return sum;
    }

    /// <summary>The relevance of the embedding is no constant's share here, but the input's.</summary>
    private static List<Conservation> Balances(IReadOnlyList<Conservation> balances, Layer embedding, float[] relevance)
    {
        var length = relevance.Length / balances.Count;
        return [.. balances.Select((balance, sample) =>
        {
            var tokens = 0.0;
            foreach (var share in relevance.AsSpan(sample * length, length))
            {
                tokens += share;
            }

            return balance with
            {
                InputSum = balance.InputSum + tokens,
                BiasShare = balance.BiasShare - tokens,
                Layers = [.. balance.Layers.Select(layer => layer.Layer == embedding ? layer with { Given = layer.Given + tokens, BiasShare = layer.BiasShare - tokens } : layer)],
            };
        })];
    }

    private float[] Row(int sample)
    {
        var length = TokenRelevance.Length / Texts.Count;
        return TokenRelevance[(sample * length)..((sample + 1) * length)];
    }

    private TokenizedText TextOf(int sample)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sample, Texts.Count);
        return Texts[sample];
    }
}
