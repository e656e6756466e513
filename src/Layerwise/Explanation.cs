using static TorchSharp.torch;

namespace Layerwise;

/// <summary>
/// Why a network said what it said about one batch. Owns its tensors: dispose it, or
/// <see cref="Tensor.clone"/> what is to outlive it.
/// </summary>
public sealed class Explanation : IDisposable
{
    internal Explanation(Tensor logits, Tensor output, IReadOnlyList<int> target, int? against, IReadOnlyList<Tensor> relevances)
    {
        Logits = logits;
        Output = output;
        Target = target;
        Against = against;
        Relevances = relevances;
    }

    /// <summary>The relevance of each element of the (first) input; the input's shape, float32.</summary>
    public Tensor Relevance => Relevances[0];

    /// <summary>The relevance of each input, in the model's order; each the shape of its input, float32.</summary>
    public IReadOnlyList<Tensor> Relevances { get; }

    /// <summary>The explained output, before a final Softmax; float32, batch first.</summary>
    public Tensor Logits { get; }

    /// <summary>The model's own output; float32, batch first. The same numbers as <see cref="Logits"/> where nothing follows them.</summary>
    public Tensor Output { get; }

    /// <summary>The explained class of each sample: an index into one sample's logits.</summary>
    public IReadOnlyList<int> Target { get; }

    /// <summary>The class that the explained one is compared with; <c>null</c> where there is none.</summary>
    public int? Against { get; }

    /// <summary>The same with another relevance of the first input; takes both over.</summary>
    internal Explanation With(Tensor relevance)
    {
        Relevances[0].Dispose();
        return new Explanation(Logits, Output, Target, Against, [relevance.DetachFromDisposeScope(), .. Relevances.Skip(1)]);
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Logits.Dispose();
        Output.Dispose();
        foreach (var relevance in Relevances)
        {
            relevance.Dispose();
        }
    }
}
