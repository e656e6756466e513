namespace Layerwise;

/// <summary>What an explanation starts with, and what it is to bring along besides the relevance of the input.</summary>
public sealed record ExplainOptions
{
    /// <summary>A one-hot start, and nothing besides the relevance.</summary>
    public static ExplainOptions Default { get; } = new();

    /// <summary>The relevance that the target starts with; <see cref="InitialRelevance.OneHot"/> unless given.</summary>
    public InitialRelevance Initial { get; init; }

    /// <summary>
    /// Whether the explanation proves that its relevance adds up: <see cref="Explanation.Conservation"/>. Keeps every intermediate value until
    /// the end and reads each once more: several times the memory, and about half as much time again.
    /// </summary>
    public bool Conservation { get; init; }

    /// <summary>
    /// What the explanation remembers for a record of it, <see cref="Explanation.ToAuditRecord"/>; nothing where it is <c>null</c>. Hashes the inputs, and
    /// with a network's first such call the model's files, once.
    /// </summary>
    public Evidence.AuditOptions? Audit { get; init; }

    /// <summary>The layers whose activation and relevance are kept: <see cref="Explanation.At"/>.</summary>
    public IReadOnlyList<Layer> Keep { get; init; } = [];

    /// <summary>
    /// Concept relevance propagation (Achtibat et al. 2023): of the relevance of these layers only that of some channels passes on. With several
    /// conditions, relevance passes that meets all of them.
    /// </summary>
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>
    /// The layer whose output a given relevance is of, in place of the logits; only where the relevance to start with is given as a tensor.
    /// </summary>
    public Layer? From { get; init; }

    /// <summary>
    /// Cancels the call, from any thread: it ends with an <see cref="OperationCanceledException"/> at the next value that a layer computes, forward or
    /// backward, and leaves nothing behind. What a GPU was told to do by then it finishes. None unless given.
    /// </summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>The options that say where relevance starts, and nothing else.</summary>
    public static implicit operator ExplainOptions(InitialRelevance initial) => FromInitialRelevance(initial);

    /// <summary>As the conversion from <see cref="InitialRelevance"/>.</summary>
    public static ExplainOptions FromInitialRelevance(InitialRelevance initial) => new() { Initial = initial };
}

/// <summary>Channels of a layer: relevance that does not stand in one of them does not pass on (Achtibat et al. 2023).</summary>
public sealed class Condition
{
    /// <param name="layer">The layer, of the explainer's <c>Layers</c>.</param>
    /// <param name="channels">The channels that count, 0-based; one or more.</param>
    /// <exception cref="ArgumentException">No channel is given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A channel is negative.</exception>
    public Condition(Layer layer, params ReadOnlySpan<int> channels)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (channels.IsEmpty)
        {
            throw new ArgumentException($"The condition on '{layer.Name}' names no channel; give at least one.", nameof(channels));
        }

        foreach (var channel in channels)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(channel, nameof(channels));
        }

        Layer = layer;
        Channels = channels.ToArray();
    }

    /// <summary>The layer.</summary>
    public Layer Layer { get; }

    /// <summary>The channels that count.</summary>
    public IReadOnlyList<int> Channels { get; }

    /// <summary>The axis of the layer's output along which channels are counted; 1 unless given, -1 is the last one.</summary>
    public int Axis { get; init; } = 1;
}
