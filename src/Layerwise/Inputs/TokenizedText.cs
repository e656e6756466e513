namespace Layerwise;

/// <summary>Where a token stands in its text.</summary>
/// <param name="Start">Index of its first UTF-16 unit.</param>
/// <param name="Length">Number of its UTF-16 units, 0 or more; 0 for tokens that are not in the text, such as <c>[CLS]</c>.</param>
public readonly record struct TokenSpan(int Start, int Length);

/// <summary>A text as a tokenizer gives it: without padding, which the explainer adds.</summary>
public sealed record TokenizedText
{
    /// <summary>A text and its tokens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ids">The id of each token in the model's vocabulary; one or more.</param>
    /// <param name="offsets">Where each token stands in the text.</param>
    /// <exception cref="ShapeException">There is no token, or there are more or fewer offsets than ids.</exception>
    /// <exception cref="ArgumentException">A token stands outside of the text.</exception>
    public TokenizedText(string text, IReadOnlyList<long> ids, IReadOnlyList<TokenSpan> offsets)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(offsets);
        if (ids.Count == 0 || ids.Count != offsets.Count)
        {
            throw new ShapeException($"There are {ids.Count} ids and {offsets.Count} offsets; a text has one or more tokens, each with both.", nameof(ids))
            {
                Name = nameof(offsets),
                Expected = $"{Math.Max(ids.Count, 1)} offsets",
                Actual = $"{offsets.Count} offsets",
            };
        }

        for (var i = 0; i < offsets.Count; i++)
        {
            var (start, length) = offsets[i];
            if (start < 0 || length < 0 || start > text.Length - length)
            {
                throw new ArgumentException($"Token {i} stands at {start} with {length} characters; the text has {text.Length}.", nameof(offsets));
            }
        }

        (Text, Ids, Offsets) = (text, ids, offsets);
    }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>The id of each token.</summary>
    public IReadOnlyList<long> Ids { get; }

    /// <summary>Where each token stands.</summary>
    public IReadOnlyList<TokenSpan> Offsets { get; }

    /// <summary>Which part of the text each token belongs to, for models that ask (<c>token_type_ids</c>); 0 for all unless given.</summary>
    public IReadOnlyList<long>? Types { get; init; }
}
