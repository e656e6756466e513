using static TorchSharp.torch;

namespace Layerwise;

/// <summary>Predicts and explains texts, given as a tokenizer splits them: padding, masks and the sum over each token's embedding are done here.</summary>
public static class TextExplainers
{
    /// <summary>Explains texts in one batch.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="texts">One or more; the shorter ones are padded.</param>
    /// <param name="target">The explained class of each; the arg-max unless given.</param>
    /// <param name="options">What the relevance starts with, and what the explanation brings along.</param>
    /// <exception cref="ShapeException">A text has more tokens than the network takes.</exception>
    /// <exception cref="UnknownIdException">A text has an id that is none of the vocabulary.</exception>
    /// <exception cref="TargetException">The network has no such class, or the batch another number of samples.</exception>
    /// <exception cref="LayerException">The options name a layer that is none of the network's, or cannot be asked.</exception>
    public static TextExplanation Explain(this ITextExplainer explainer, IReadOnlyList<TokenizedText> texts, Target target = default, ExplainOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(explainer);
        using var scope = NewDisposeScope();
        var embedding = explainer.Text.Embedding;
        var why = explainer.Network.Explain(Inputs(explainer, texts), target, Keeping(options ?? ExplainOptions.Default, embedding));
        try
        {
            var relevance = why.At(embedding).Relevance ?? throw new InvalidOperationException($"No relevance comes to the embedding '{embedding.Name}'.");
            return new TextExplanation(why, explainer.Labels, explainer.Text, texts, [.. relevance.flatten(2).sum(2).cpu().to(ScalarType.Float32).contiguous().data<float>()]);
        }
        catch
        {
            why.Dispose();
            throw;
        }
    }

    /// <summary>Explains a text.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="text">The text.</param>
    /// <param name="target">The explained class; the arg-max unless given.</param>
    /// <param name="options">What the relevance starts with, and what the explanation brings along.</param>
    /// <exception cref="ShapeException">A text has more tokens than the network takes.</exception>
    /// <exception cref="UnknownIdException">A text has an id that is none of the vocabulary.</exception>
    /// <exception cref="TargetException">The network has no such class, or the batch another number of samples.</exception>
    /// <exception cref="LayerException">The options name a layer that is none of the network's, or cannot be asked.</exception>
    public static TextExplanation Explain(this ITextExplainer explainer, TokenizedText text, Target target = default, ExplainOptions? options = null)
        => explainer.Explain([text], target, options);

    /// <summary>Explains one class of a text.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="text">The text.</param>
    /// <param name="label">The explained class.</param>
    /// <param name="options">What the relevance starts with, and what the explanation brings along.</param>
    /// <exception cref="ShapeException">A text has more tokens than the network takes.</exception>
    /// <exception cref="UnknownIdException">A text has an id that is none of the vocabulary.</exception>
    /// <exception cref="LayerException">The options name a layer that is none of the network's, or cannot be asked.</exception>
    public static TextExplanation Explain<TLabel>(this ITextExplainer<TLabel> explainer, TokenizedText text, TLabel label, ExplainOptions? options = null)
        where TLabel : struct, Enum => explainer.Explain([text], Target.Class(label), options);

    /// <summary>Explains one class of texts in one batch.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="texts">One or more; the shorter ones are padded.</param>
    /// <param name="label">The explained class of all.</param>
    /// <param name="options">What the relevance starts with, and what the explanation brings along.</param>
    /// <exception cref="ShapeException">A text has more tokens than the network takes.</exception>
    /// <exception cref="UnknownIdException">A text has an id that is none of the vocabulary.</exception>
    /// <exception cref="LayerException">The options name a layer that is none of the network's, or cannot be asked.</exception>
    public static TextExplanation Explain<TLabel>(this ITextExplainer<TLabel> explainer, IReadOnlyList<TokenizedText> texts, TLabel label, ExplainOptions? options = null)
        where TLabel : struct, Enum => explainer.Explain(texts, Target.Class(label), options);

    /// <summary>Runs the network forward.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="texts">One or more; the shorter ones are padded.</param>
    /// <param name="cancellationToken">Cancels the call, from any thread, at the next value that a layer computes.</param>
    /// <returns>The model's output for each text in row-major order.</returns>
    /// <exception cref="ShapeException">A text has more tokens than the network takes.</exception>
    /// <exception cref="UnknownIdException">A text has an id that is none of the vocabulary.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static float[] Predict(this ITextExplainer explainer, IReadOnlyList<TokenizedText> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(explainer);
        using var scope = NewDisposeScope();
        return [.. explainer.Network.Predict(Inputs(explainer, texts), cancellationToken).cpu().data<float>()];
    }

    /// <summary>Runs the network forward.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Cancels the call, from any thread, at the next value that a layer computes.</param>
    /// <returns>The model's output.</returns>
    /// <exception cref="ShapeException">A text has more tokens than the network takes.</exception>
    /// <exception cref="UnknownIdException">A text has an id that is none of the vocabulary.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static float[] Predict(this ITextExplainer explainer, TokenizedText text, CancellationToken cancellationToken = default) => explainer.Predict([text], cancellationToken);

    private static Tensor[] Inputs(ITextExplainer explainer, IReadOnlyList<TokenizedText> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (texts.Count == 0)
        {
            throw new ArgumentException("There is no text; give one or more.", nameof(texts));
        }

        var (input, longest) = (explainer.Text, texts.Max(text => text.Ids.Count));
        if (input.Length > 0 && longest > input.Length)
        {
            throw new ShapeException($"A text has {longest} tokens, and the network takes {input.Length}; let the tokenizer cut it.", nameof(texts))
            {
                Name = nameof(texts),
                Expected = $"up to {input.Length} tokens",
                Actual = $"{longest} tokens",
            };
        }

        for (var text = 0; text < texts.Count && input.Vocabulary > 0; text++)
        {
            for (var i = 0; i < texts[text].Ids.Count; i++)
            {
                if (texts[text].Ids[i] is var id && (id < 0 || id >= input.Vocabulary))
                {
                    throw new UnknownIdException($"Token {i} of text {text} has the id {id}, and the network knows 0 to {input.Vocabulary - 1}; take the tokenizer that it was trained with.", nameof(texts), id)
                    {
                        Name = explainer.Network.Inputs[input.Inputs.ToList().IndexOf(TokenRole.Ids)].Name,
                        Position = [text, i],
                        Expected = $"0 to {input.Vocabulary - 1}",
                    };
                }
            }
        }

        LibTorch.Load();
        var length = input.Length > 0 ? input.Length : longest;
        return [.. input.Inputs.Zip(explainer.Network.Inputs, (role, port) =>
        {
            var values = texts.SelectMany(text => Enumerable.Range(0, length).Select(i => Value(role, text, i, input.Padding))).ToArray();
            return tensor(values, [texts.Count, length]).to(port.Type);
        })];
    }

    private static long Value(TokenRole role, TokenizedText text, int place, long padding) => role switch
    {
        TokenRole.Positions => place,
        TokenRole.Mask => place < text.Ids.Count ? 1 : 0,
        TokenRole.Ids => place < text.Ids.Count ? text.Ids[place] : padding,
        _ => text.Types is { } types && place < types.Count ? types[place] : 0,
    };

    private static ExplainOptions Keeping(ExplainOptions options, Layer layer)
        => options.Keep.Contains(layer) ? options : options with { Keep = [.. options.Keep, layer] };
}
