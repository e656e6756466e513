using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Runtime;

/// <summary>What every emitted network has in common, whatever its backend. User code has the typed explainer in front of it.</summary>
public abstract class Network : IExplainer, IDisposable
{
    Network IExplainer.Network => this;

    IReadOnlyList<string> IExplainer.Labels => [];

    /// <summary>The network's inputs, in the model's order.</summary>
    public abstract IReadOnlyList<Port> Inputs { get; }

    /// <summary>The explained output: the logits; the first output where the network only predicts.</summary>
    public virtual Port Logits => Outputs[0];

    /// <summary>Whether a final Sigmoid gives each class a probability of its own; otherwise the classes share 1.</summary>
    public virtual bool HasIndependentClasses => false;

    /// <summary>The model's own outputs: the explained one, or all of them where the network only predicts.</summary>
    public abstract IReadOnlyList<Port> Outputs { get; }

    /// <summary>The layers in the order in which they run.</summary>
    public abstract IReadOnlyList<Layer> Layers { get; }

    /// <summary>The rules that it explains by; <c>null</c> where it only predicts.</summary>
    public virtual RuleSet? Rules => null;

    /// <summary>
    /// Whose kernels it runs on, in words, and how wide they are; where libtorch's own operators do all the work, why: <c>oneDNN and kernels in C#, 512-bit
    /// vectors</c>, <c>libtorch's own operators and kernels in CUDA, on cuda:0</c>, <c>libtorch's own operators: the network is on mps</c>, <c>kernels in C#,
    /// 256-bit vectors</c>. Where
    /// <see cref="ExplainerAttribute.BFloat16"/> is asked for, whether that runs, and why not. Chosen once, when the process loads its first network.
    /// </summary>
    public abstract string Kernels { get; }

    /// <summary>What it runs on now.</summary>
    private protected abstract Evidence.AuditedExecution Execution { get; }

    /// <summary>The files that it was loaded from.</summary>
    private protected abstract IReadOnlyList<Evidence.AuditedFile> Files { get; }

    /// <summary>What an explanation is to remember of its call; <c>null</c> where nothing.</summary>
    /// <param name="options">The call's options.</param>
    /// <param name="hash">The type, shape and hash of an input.</param>
    private protected Evidence.AuditTrail? Remember(ExplainOptions options, Func<int, (string Type, IReadOnlyList<long> Shape, string Sha256)> hash) => options.Audit is not { } audit ? null : new(
        audit.Clock.GetUtcNow().ToUniversalTime(),
        audit.Reference,
        Files,
        Rules ?? throw new InvalidOperationException("The network says nothing of its rules: it was emitted by an older version of Layerwise. Build the project again."),
        Execution,
        [.. Inputs.Select((input, i) => hash(i) is var (type, shape, sha256) ? new Evidence.AuditedInput(input.Name, type, shape, sha256) : null!)],
        options,
        Logits);

    /// <summary>Makes a network of its weights; the weights are freed with it, or at once where it can't be made.</summary>
    /// <param name="weights">The weights; the network's from now on.</param>
    /// <param name="make">The network's constructor.</param>
    public static T Create<T>(Weights weights, Func<Weights, T> make)
        where T : Network
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(make);
        try
        {
            var network = make(weights);
            LoadEvents.Log.Loaded(network, weights);
            return network;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Runs the network forward.</summary>
    /// <param name="inputs">One tensor an input, [N, …] with the input's sample shape; any float type, any device.</param>
    /// <returns>The model's output, [N, …], float32, owned by the caller.</returns>
    /// <exception cref="ShapeException">The number, shape, batch or type of the inputs does not fit.</exception>
    /// <exception cref="UnknownIdException">An id is none that the network can look up.</exception>
    /// <exception cref="ObjectDisposedException">The network was disposed.</exception>
    public Tensor Predict(params ReadOnlySpan<Tensor> inputs) => Predict(inputs, CancellationToken.None);

    /// <summary>As <see cref="Predict(ReadOnlySpan{Tensor})"/>, until it is cancelled.</summary>
    /// <param name="inputs">As for <see cref="Predict(ReadOnlySpan{Tensor})"/>.</param>
    /// <param name="cancellationToken">Cancels the call, from any thread, at the next value that a layer computes.</param>
    /// <returns>The model's output, [N, …], float32, owned by the caller.</returns>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public abstract Tensor Predict(ReadOnlySpan<Tensor> inputs, CancellationToken cancellationToken);

    /// <summary>As <see cref="Predict(ReadOnlySpan{Tensor})"/>, with every one of the <see cref="Outputs"/>.</summary>
    /// <param name="inputs">As for <see cref="Predict(ReadOnlySpan{Tensor})"/>.</param>
    /// <returns>The outputs, owned by the caller.</returns>
    public Tensor[] PredictAll(params ReadOnlySpan<Tensor> inputs) => PredictAll(inputs, CancellationToken.None);

    /// <summary>As <see cref="PredictAll(ReadOnlySpan{Tensor})"/>, until it is cancelled.</summary>
    /// <param name="inputs">As for <see cref="Predict(ReadOnlySpan{Tensor})"/>.</param>
    /// <param name="cancellationToken">Cancels the call, from any thread, at the next value that a layer computes.</param>
    /// <returns>The outputs, owned by the caller.</returns>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public abstract Tensor[] PredictAll(ReadOnlySpan<Tensor> inputs, CancellationToken cancellationToken);

    /// <summary>As <see cref="Predict(ReadOnlySpan{Tensor})"/>, up to what is explained: the logits.</summary>
    /// <param name="inputs">As for <see cref="Predict(ReadOnlySpan{Tensor})"/>.</param>
    /// <returns>The explained output, [N, …], owned by the caller.</returns>
    public Tensor PredictLogits(params ReadOnlySpan<Tensor> inputs) => PredictLogits(inputs, CancellationToken.None);

    /// <summary>As <see cref="PredictLogits(ReadOnlySpan{Tensor})"/>, until it is cancelled.</summary>
    /// <param name="inputs">As for <see cref="Predict(ReadOnlySpan{Tensor})"/>.</param>
    /// <param name="cancellationToken">Cancels the call, from any thread, at the next value that a layer computes.</param>
    /// <returns>The explained output, [N, …], owned by the caller.</returns>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public abstract Tensor PredictLogits(ReadOnlySpan<Tensor> inputs, CancellationToken cancellationToken);

    /// <summary>Runs the network forward and propagates relevance back to its inputs.</summary>
    /// <param name="inputs">As for <see cref="Predict(ReadOnlySpan{Tensor})"/>.</param>
    /// <param name="target">The explained class of each sample.</param>
    /// <param name="options">What the relevance starts with, and what the explanation brings along.</param>
    /// <exception cref="ShapeException">The number, shape, batch or type of the inputs does not fit.</exception>
    /// <exception cref="UnknownIdException">An id is none that the network can look up.</exception>
    /// <exception cref="NotFiniteException">A number of an input is NaN or infinite.</exception>
    /// <exception cref="TargetException">The network has no such class, or the batch another number of samples.</exception>
    /// <exception cref="LayerException">The options name a layer that is none of the network's, or cannot be asked.</exception>
    /// <exception cref="OperationCanceledException"><see cref="ExplainOptions.CancellationToken"/> was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The network was disposed.</exception>
    public abstract Explanation Explain(ReadOnlySpan<Tensor> inputs, Target target, ExplainOptions options);

    /// <summary>Runs the network forward and propagates a given relevance of the logits, or of a layer, back to its inputs.</summary>
    /// <param name="inputs">As for <see cref="Predict(ReadOnlySpan{Tensor})"/>.</param>
    /// <param name="relevance">The relevance of the logits, or of the output of <see cref="ExplainOptions.From"/>, in their shape.</param>
    /// <param name="options">Where the relevance starts, and what the explanation brings along.</param>
    /// <exception cref="ShapeException">The inputs or the relevance have another shape.</exception>
    /// <exception cref="UnknownIdException">An id is none that the network can look up.</exception>
    /// <exception cref="NotFiniteException">A number of an input or of the relevance is NaN or infinite.</exception>
    /// <exception cref="LayerException">The options name a layer that is none of the network's, or cannot be asked.</exception>
    /// <exception cref="OperationCanceledException"><see cref="ExplainOptions.CancellationToken"/> was cancelled.</exception>
    public abstract Explanation Propagate(ReadOnlySpan<Tensor> inputs, Tensor relevance, ExplainOptions? options = null);

    /// <summary>Explains several targets of one forward pass.</summary>
    /// <param name="inputs">As for <see cref="Predict(ReadOnlySpan{Tensor})"/>.</param>
    /// <param name="targets">The targets, each for the whole batch or one a sample.</param>
    /// <param name="options">What the relevance of each starts with, and what each explanation brings along.</param>
    /// <returns>An explanation for each target, in their order, each the caller's to dispose.</returns>
    /// <exception cref="ShapeException">The number, shape, batch or type of the inputs does not fit.</exception>
    /// <exception cref="UnknownIdException">An id is none that the network can look up.</exception>
    /// <exception cref="NotFiniteException">A number of an input is NaN or infinite.</exception>
    /// <exception cref="TargetException">The network has no such class, or the batch another number of samples.</exception>
    /// <exception cref="LayerException">The options name a layer that is none of the network's, or cannot be asked.</exception>
    /// <exception cref="OperationCanceledException"><see cref="ExplainOptions.CancellationToken"/> was cancelled.</exception>
    /// <exception cref="ArgumentException">There is no target, or the options say where a given relevance starts.</exception>
    /// <exception cref="ObjectDisposedException">The network was disposed.</exception>
    public abstract IReadOnlyList<Explanation> ExplainEach(ReadOnlySpan<Tensor> inputs, IReadOnlyList<Target> targets, ExplainOptions options);

    /// <summary>As <see cref="Predict(ReadOnlySpan{Tensor})"/>, for a network of one input.</summary>
    /// <param name="input">One or more samples in row-major order.</param>
    /// <returns>The model's output for each sample in row-major order.</returns>
    /// <exception cref="ShapeException">The length is not a multiple of a sample's, or the network has several inputs.</exception>
    public float[] Predict(ReadOnlySpan<float> input) => Predict(input, CancellationToken.None);

    /// <summary>As <see cref="Predict(ReadOnlySpan{float})"/>, until it is cancelled.</summary>
    /// <param name="input">One or more samples in row-major order.</param>
    /// <param name="cancellationToken">Cancels the call, from any thread, at the next value that a layer computes.</param>
    /// <returns>The model's output for each sample in row-major order.</returns>
    /// <exception cref="ShapeException">The length is not a multiple of a sample's, or the network has several inputs.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public virtual float[] Predict(ReadOnlySpan<float> input, CancellationToken cancellationToken)
    {
        using var tensor = ToTensor(input);
        using var output = Predict([tensor], cancellationToken);
        using var onCpu = output.cpu();
        return [.. onCpu.data<float>()];
    }

    /// <summary>As <see cref="Explain(ReadOnlySpan{Tensor}, Target, ExplainOptions)"/>, for a network of one input.</summary>
    /// <param name="input">One or more samples in row-major order.</param>
    /// <param name="target">The explained class of each sample.</param>
    /// <param name="options">What the relevance starts with, and what the explanation brings along.</param>
    /// <exception cref="ShapeException">The length is not a multiple of a sample's, or the network has several inputs.</exception>
    /// <exception cref="NotFiniteException">A number of an input is NaN or infinite.</exception>
    public virtual Explanation Explain(ReadOnlySpan<float> input, Target target, ExplainOptions options)
    {
        using var tensor = ToTensor(input);
        return Explain([tensor], target, options);
    }

    /// <summary>Where a layer stands in a network's table.</summary>
    /// <exception cref="LayerException">It is none of the network's layers.</exception>
    internal static int IndexOf(IReadOnlyList<Layer> layers, Layer layer, string parameter)
    {
        for (var i = 0; i < layers.Count; i++)
        {
            if (ReferenceEquals(layers[i], layer))
            {
                return i;
            }
        }

        throw new LayerException($"The layer '{layer?.Name}' is none of this network's: take it from the explainer's own Layers.", parameter)
        {
            Layer = layer?.Name ?? "",
            Expected = "a layer of this network",
            Actual = layer is null ? "none" : "another network's",
        };
    }

    /// <summary>As <see cref="Predict(ReadOnlySpan{float})"/>, into memory of the caller's. With managed kernels it allocates nothing.</summary>
    /// <param name="input">One or more samples in row-major order.</param>
    /// <param name="output">Room for the model's output of each sample, in row-major order.</param>
    /// <param name="cancellationToken">Cancels the call, from any thread, at the next value that a layer computes.</param>
    /// <exception cref="ShapeException">A length does not fit, or the network has several inputs.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public virtual void Predict(ReadOnlySpan<float> input, Span<float> output, CancellationToken cancellationToken = default)
    {
        CheckRoom(output.Length, Outputs[0], Samples(input), nameof(output));
        Predict(input, cancellationToken).CopyTo(output);
    }

    /// <summary>As <see cref="Explain(ReadOnlySpan{float}, Target, ExplainOptions)"/>, into memory of the caller's. With managed kernels it allocates nothing.</summary>
    /// <param name="input">One or more samples in row-major order.</param>
    /// <param name="target">The explained class of each sample.</param>
    /// <param name="relevance">Room for the relevance of each element of the input.</param>
    /// <param name="logits">Room for the explained output of each sample, or none.</param>
    /// <param name="initial">The relevance that the target starts with.</param>
    /// <param name="cancellationToken">Cancels the call, from any thread, at the next value that a layer computes.</param>
    /// <exception cref="ShapeException">A length does not fit, or the network has several inputs.</exception>
    /// <exception cref="NotFiniteException">A number of an input is NaN or infinite.</exception>
    /// <exception cref="TargetException">The network has no such class, or the batch another number of samples.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public virtual void Explain(ReadOnlySpan<float> input, Target target, Span<float> relevance, Span<float> logits, InitialRelevance initial, CancellationToken cancellationToken = default)
    {
        CheckRoom(relevance, logits, input);
        using var why = Explain(input, target, new ExplainOptions { Initial = initial, CancellationToken = cancellationToken });
        why.RelevanceValues.CopyTo(relevance);
        if (!logits.IsEmpty)
        {
            why.LogitValues.CopyTo(logits);
        }
    }

    /// <summary>How many samples an input holds, of a network of one input.</summary>
    /// <exception cref="ShapeException">The length is not a multiple of a sample's, or the network has several inputs.</exception>
    private protected int Samples(ReadOnlySpan<float> input)
    {
        if (Inputs is not [var port])
        {
            throw new ShapeException($"The network has {Inputs.Count} inputs; give one tensor for each.", nameof(input))
            {
                Name = nameof(input),
                Expected = $"{Inputs.Count} tensors",
                Actual = $"{input.Length} values",
            };
        }

        if (port.IsOpen)
        {
            throw new ShapeException($"The input '{port.Name}' may have any size; give a tensor, which says its shape.", nameof(input))
            {
                Name = port.Name,
                Expected = $"a tensor {port.ShapeText}",
                Actual = $"{input.Length} values",
            };
        }

        var size = port.Size;
        return !input.IsEmpty && input.Length % size == 0 && (port.IsBatched || input.Length == size) ? (int)(input.Length / size)
            : throw new ShapeException($"The input has {input.Length} values; '{port.Name}' takes a multiple of {size} ([{string.Join(", ", port.Sample)}] a sample).", nameof(input))
            {
                Name = port.Name,
                Expected = $"a multiple of {size} values",
                Actual = $"{input.Length} values",
            };
    }

    /// <summary>Refuses room for results that does not fit.</summary>
    private protected int CheckRoom(ReadOnlySpan<float> relevance, ReadOnlySpan<float> logits, ReadOnlySpan<float> input)
    {
        var samples = Samples(input);
        CheckRoom(relevance.Length, Inputs[0], samples, nameof(relevance));
        if (!logits.IsEmpty)
        {
            CheckRoom(logits.Length, Logits, samples, nameof(logits));
        }

        return samples;
    }

    private protected static void CheckRoom(int length, Port port, int samples, string name)
    {
        if (port.IsOpen || length != (port.IsBatched ? samples * port.Size : port.Size))
        {
            throw new ShapeException($"There is room for {length} numbers; '{port.Name}' has the shape {port.ShapeText}, of {samples} sample{(samples == 1 ? "" : "s")}.", name)
            {
                Name = port.Name,
                Expected = $"{port.ShapeText} of {samples} sample{(samples == 1 ? "" : "s")}",
                Actual = $"room for {length} numbers",
            };
        }
    }

    /// <summary>Frees the network's weights. Calls after it throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the network's weights.</summary>
    /// <param name="disposing">Whether managed objects may still be used.</param>
    protected abstract void Dispose(bool disposing);

    private Tensor ToTensor(ReadOnlySpan<float> input)
    {
        var samples = Samples(input);
        var port = Inputs[0];
        var tensor = empty(port.IsBatched ? [samples, .. port.Sample] : [.. port.Shape], dtype: ScalarType.Float32);
        input.CopyTo(TensorMemory.Span(tensor));
        return tensor;
    }
}
