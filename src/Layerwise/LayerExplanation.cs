using Layerwise.Runtime;
using static TorchSharp.torch;

namespace Layerwise;

/// <summary>What a layer computed in an explained call, and the relevance of that. Owned by the explanation.</summary>
public sealed class LayerExplanation : IDisposable
{
    private readonly Result _activation;
    private readonly Result? _relevance;
    private readonly IReadOnlyList<Result?> _given;
    private IReadOnlyList<Tensor?>? _tensors;

    internal LayerExplanation(Layer layer, Result activation, Result? relevance, IReadOnlyList<Result?> given)
        => (Layer, _activation, _relevance, _given) = (layer, activation, relevance, given);

    /// <summary>The layer.</summary>
    public Layer Layer { get; }

    /// <summary>Its output, [N, …]; behind the Relu, where one runs with it.</summary>
    public Tensor Activation => _activation.Tensor;

    /// <summary>The relevance of its output, of the same shape; <c>null</c> where none comes to it. Under conditions, what met them.</summary>
    public Tensor? Relevance => _relevance?.Tensor;

    /// <summary>
    /// The relevance that it gives to each of its <see cref="Layer.Inputs"/>, in their order, <c>null</c> to those that take none; empty where the
    /// call did not ask for its conservation.
    /// </summary>
    public IReadOnlyList<Tensor?> Given => _tensors ??= [.. _given.Select(share => share?.Tensor)];

    /// <summary>The numbers of <see cref="Activation"/>, row by row.</summary>
    public ReadOnlySpan<float> ActivationValues => _activation.Values;

    /// <summary>The numbers of <see cref="Relevance"/>, row by row; empty where none comes to it.</summary>
    public ReadOnlySpan<float> RelevanceValues => _relevance is { } came ? came.Values : default;

    /// <summary>The relevance of each channel: its sum over everything but the samples and the channels.</summary>
    /// <param name="axis">The axis of the channels; 1 unless given, -1 is the last one.</param>
    /// <returns>[N, channels]; the caller's to dispose.</returns>
    /// <exception cref="InvalidOperationException">No relevance comes to the layer.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The output has no such axis, or it counts the samples.</exception>
    public Tensor RelevanceOfChannels(int axis = 1)
    {
        var relevance = Relevance ?? throw new InvalidOperationException($"No relevance comes to the layer '{Layer.Name}'.");
        var rank = (int)relevance.dim();
        var channels = axis < 0 ? axis + rank : axis;
        if (channels < 1 || channels >= rank)
        {
            throw new ArgumentOutOfRangeException(nameof(axis), axis, $"The output of '{Layer.Name}' has the axes 1 to {rank - 1} besides that of the samples.");
        }

        long[] others = [.. Enumerable.Range(1, rank - 1).Where(a => a != channels).Select(a => (long)a)];
        return others.Length == 0 ? relevance.clone() : relevance.sum(others);
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        _activation.Dispose();
        _relevance?.Dispose();
        foreach (var share in _given)
        {
            share?.Dispose();
        }
    }
}
