using Layerwise.Runtime;
using static TorchSharp.torch;

namespace Layerwise;

/// <summary>
/// Why a network said what it said about one batch. Owns its tensors: dispose it, or
/// <see cref="Tensor.clone"/> what is to outlive it. Behind managed kernels a tensor is made where it is first asked for: the numbers
/// (<see cref="RelevanceValues"/>, …) need no libtorch. Where the input was declared (a picture, a row of a table, a text), a derived class
/// knows it.
/// </summary>
public class Explanation : IDisposable
{
    private readonly Result _logits, _output;
    private readonly IReadOnlyList<Result> _relevances;
    private readonly IReadOnlyList<Conservation>? _conservations;
    private IReadOnlyList<Tensor>? _tensors;

    internal Explanation(Result logits, Result output, IReadOnlyList<int> target, int? against, IReadOnlyList<Result> relevances, IReadOnlyList<LayerExplanation>? layers = null, IReadOnlyList<Conservation>? conservations = null)
    {
        _logits = logits;
        _output = output;
        Target = target;
        Against = against;
        _relevances = relevances;
        Layers = layers ?? [];
        _conservations = conservations;
    }

    /// <summary>The same explanation, taken over by one that knows more about its input. The given one needs no disposing.</summary>
    /// <param name="explanation">What is taken over.</param>
    /// <param name="labels">The labels of the explained classes, by index; none where they have no names.</param>
    protected Explanation(Explanation explanation, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        ArgumentNullException.ThrowIfNull(labels);
        Labels = labels;
        (_logits, _output, _relevances, _conservations) = (explanation._logits, explanation._output, explanation._relevances, explanation._conservations);
        (Target, Against, Layers, Trail) = (explanation.Target, explanation.Against, explanation.Layers, explanation.Trail);
        HasIndependentClasses = explanation.HasIndependentClasses;
    }

    /// <summary>As the other, with a balance of its own.</summary>
    private protected Explanation(Explanation explanation, IReadOnlyList<string> labels, IReadOnlyList<Conservation>? conservations)
        : this(explanation, labels) => _conservations = conservations;

    /// <summary>The relevance of each element of the (first) input; the input's shape, float32.</summary>
    public Tensor Relevance => _relevances[0].Tensor;

    /// <summary>The relevance of each input, in the model's order; each the shape of its input, float32.</summary>
    public IReadOnlyList<Tensor> Relevances => _tensors ??= [.. _relevances.Select(r => r.Tensor)];

    /// <summary>The explained output, before a final Softmax or Sigmoid; float32, batch first.</summary>
    public Tensor Logits => _logits.Tensor;

    /// <summary>Whether a final Sigmoid gives each class a probability of its own; otherwise the classes share 1, as by Softmax.</summary>
    public bool HasIndependentClasses { get; internal init; }

    /// <summary>The model's own output; float32, batch first. The same numbers as <see cref="Logits"/> where nothing follows them.</summary>
    public Tensor Output => _output.Tensor;

    /// <summary>The numbers of <see cref="Relevance"/>, row by row.</summary>
    public ReadOnlySpan<float> RelevanceValues => _relevances[0].Values;

    /// <summary>The numbers of <see cref="Logits"/>, row by row.</summary>
    public ReadOnlySpan<float> LogitValues => _logits.Values;

    /// <summary>The numbers of <see cref="Output"/>, row by row.</summary>
    public ReadOnlySpan<float> OutputValues => _output.Values;

    /// <summary>The numbers of one of the <see cref="Relevances"/>, row by row.</summary>
    /// <param name="input">Which input, 0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such input.</exception>
    public ReadOnlySpan<float> RelevanceValuesOf(int input)
        => input >= 0 && input < _relevances.Count ? _relevances[input].Values : throw new ArgumentOutOfRangeException(nameof(input), input, $"The network has {_relevances.Count} inputs, 0 to {_relevances.Count - 1}.");

    /// <summary>The explained class of each sample: an index into one sample's logits.</summary>
    public IReadOnlyList<int> Target { get; }

    /// <summary>The labels of the explained classes, by index; none where they have no names, or the input was a bare tensor.</summary>
    public IReadOnlyList<string> Labels { get; } = [];

    /// <summary>The class that the explained one is compared with; <c>null</c> where there is none.</summary>
    public int? Against { get; }

    /// <summary>The layers that were to be kept, in the order of <see cref="ExplainOptions.Keep"/>.</summary>
    public IReadOnlyList<LayerExplanation> Layers { get; }

    /// <summary>What a layer computed, and the relevance of that.</summary>
    /// <param name="layer">One of <see cref="ExplainOptions.Keep"/>.</param>
    /// <exception cref="LayerException">The layer was not kept.</exception>
    public LayerExplanation At(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return Layers.FirstOrDefault(kept => ReferenceEquals(kept.Layer, layer))
            ?? throw new LayerException($"The layer '{layer.Name}' was not kept: ask for it with ExplainOptions.Keep.", nameof(layer))
            {
                Layer = layer.Name,
                Expected = $"one of the {Layers.Count} kept layers",
                Actual = "a layer that was not kept",
            };
    }

    /// <summary>Whether the balance of relevance was asked for.</summary>
    public bool HasConservation => _conservations is not null;

    /// <summary>Where the relevance of the first sample went.</summary>
    /// <exception cref="InvalidOperationException">It was not asked for.</exception>
    public Conservation Conservation => Conservations[0];

    /// <summary>Where the relevance of each sample went; of the whole batch, where the model's inputs do not count samples.</summary>
    /// <exception cref="InvalidOperationException">It was not asked for.</exception>
    public IReadOnlyList<Conservation> Conservations => _conservations ?? throw new InvalidOperationException("The conservation of this explanation was not computed: ask for it with ExplainOptions.Conservation.");

    /// <summary>What the call was, where it was to be remembered.</summary>
    internal Evidence.AuditTrail? Trail { get; init; }

    /// <summary>
    /// The explanation as evidence: all that is needed to make it again elsewhere and to compare, which <c>layerwise replay</c> does. Say
    /// <c>ToJson()</c> to have it as text.
    /// </summary>
    /// <param name="explainer">The explainer that made it: then the record has the labels, and how a picture or a row of a table becomes its input.</param>
    /// <exception cref="InvalidOperationException">It was not asked for.</exception>
    /// <exception cref="ObjectDisposedException">The explanation was disposed.</exception>
    public Evidence.AuditRecord ToAuditRecord(IExplainer? explainer = null) => (Trail ?? throw new InvalidOperationException("This explanation does not remember the call that made it: ask for it with ExplainOptions.Audit.")).Of(this, _logits, _relevances, explainer);

    /// <summary>The same with another relevance of the first input; takes both over.</summary>
    internal Explanation With(Tensor relevance)
    {
        _relevances[0].Dispose();
        return new Explanation(_logits, _output, Target, Against, [Result.Of(relevance.DetachFromDisposeScope()), .. _relevances.Skip(1)]) { HasIndependentClasses = HasIndependentClasses };
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _logits.Dispose();
        _output.Dispose();
        foreach (var relevance in _relevances)
        {
            relevance.Dispose();
        }

        foreach (var layer in Layers)
        {
            layer.Dispose();
        }
    }
}
