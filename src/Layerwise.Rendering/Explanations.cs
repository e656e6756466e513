using static TorchSharp.torch;

namespace Layerwise.Rendering;

/// <summary>
/// The numbers of an explanation, as the pictures take them. The one place here that knows tensors, and only of layers: an explanation
/// by managed kernels is drawn without libtorch.
/// </summary>
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
        return Sample(explanation.RelevanceValuesOf(input), sample, explanation.Target.Count).ToArray();
    }

    /// <summary>What the model says of each class of one sample.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="labels">Labels in the classes' order; may be fewer, or none.</param>
    /// <param name="sample">0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public static IReadOnlyList<ClassScore> ClassesOf(this Explanation explanation, IReadOnlyList<string>? labels = null, int sample = 0)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        return ClassScore.Of(Sample(explanation.LogitValues, sample, explanation.Target.Count), labels, explanation.HasIndependentClasses);
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
        using var scope = NewDisposeScope();
        return Sample(tensor.cpu().to(ScalarType.Float32).contiguous().data<float>().ToArray(), sample, samples).ToArray();
    }

    private static ReadOnlySpan<float> Sample(ReadOnlySpan<float> values, int sample, int samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sample, samples);
        var size = values.Length / samples;
        return values.Slice(sample * size, size);
    }
}
