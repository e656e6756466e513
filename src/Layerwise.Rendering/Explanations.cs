using static TorchSharp.torch;

namespace Layerwise.Rendering;

/// <summary>The numbers of an explanation, as the pictures take them. The one place here that knows tensors.</summary>
public static class Explanations
{
    /// <summary>The relevance of one sample, in row-major order.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="sample">0-based.</param>
    /// <param name="input">Which of the model's inputs, 0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample or input.</exception>
    public static float[] RelevanceOf(this Explanation explanation, int sample = 0, int input = 0)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        ArgumentOutOfRangeException.ThrowIfNegative(input);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(input, explanation.Relevances.Count);
        return Sample(explanation.Relevances[input], sample, explanation.Target.Count);
    }

    /// <summary>What the model says of each class of one sample.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="labels">Labels in the classes' order; may be fewer, or none.</param>
    /// <param name="sample">0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public static IReadOnlyList<ClassScore> ClassesOf(this Explanation explanation, IReadOnlyList<string>? labels = null, int sample = 0)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        return ClassScore.Of(Sample(explanation.Logits, sample, explanation.Target.Count), labels);
    }

    /// <summary>The relevance of the layers that were kept, those that none comes to left out.</summary>
    /// <param name="explanation">The explanation, with <see cref="ExplainOptions.Keep"/>.</param>
    /// <param name="sample">0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public static IReadOnlyList<LayerRelevance> LayersOf(this Explanation explanation, int sample = 0)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        return [.. from layer in explanation.Layers
                   where layer.Relevance is not null
                   select new LayerRelevance(layer.Layer.Name, layer.Relevance!.shape[1..], Sample(layer.Relevance, sample, explanation.Target.Count))];
    }

    private static float[] Sample(Tensor tensor, int sample, int samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sample, samples);
        using var scope = NewDisposeScope();
        var rows = tensor.cpu().to(ScalarType.Float32).contiguous().reshape(samples, -1);
        return rows[sample].contiguous().data<float>().ToArray();
    }
}
