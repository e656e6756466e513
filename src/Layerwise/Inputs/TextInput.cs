namespace Layerwise;

/// <summary>What one of a network's inputs takes of a text.</summary>
public enum TokenRole
{
    /// <summary>The ids of the tokens: <c>input_ids</c>.</summary>
    Ids,

    /// <summary>1 for each token, 0 for padding: <c>attention_mask</c>.</summary>
    Mask,

    /// <summary>Which part of the text each token belongs to: <c>token_type_ids</c>.</summary>
    Types,

    /// <summary>0, 1, 2, …: <c>position_ids</c>.</summary>
    Positions,
}

/// <summary>How the tokens of a text become a network's inputs, each [N, length], and where their relevance is found.</summary>
/// <param name="Embedding">The layer that looks a token's id up: relevance ends at its output, [N, length, …], for an id is no quantity.</param>
/// <param name="Inputs">What each of the network's inputs takes, in their order; the ids are among them.</param>
public sealed record TextInput(Layer Embedding, IReadOnlyList<TokenRole> Inputs)
{
    /// <summary>The number of tokens that the network takes: shorter texts are padded, longer ones refused. 0 where it takes any.</summary>
    public int Length { get; init; }

    /// <summary>The number of ids that the embedding knows, from 0; others are refused. 0 where it is not known.</summary>
    public long Vocabulary { get; init; }

    /// <summary>The id behind the last token, up to the length of the network or of the longest text of a batch.</summary>
    public long Padding { get; init; }
}
