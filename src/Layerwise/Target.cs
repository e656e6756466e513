using static TorchSharp.torch;

namespace Layerwise;

/// <summary>Which output is explained: one class for the whole batch, one a sample, each sample's arg-max, or one class against another.</summary>
public readonly struct Target : IEquatable<Target>
{
    // A class alone is asked for again and again: the first of them have an array each, so that asking allocates nothing.
    private static readonly int[]?[] Alone = new int[1024][];

    private readonly int[]? _classes;

    private Target(int[] classes, int? against = null) => (_classes, Against) = (classes, against);

    /// <summary>Each sample's class of the largest logit; the first one on ties. The default.</summary>
    public static Target Top => default;

    /// <summary>The same class for every sample.</summary>
    /// <param name="index">Index into the logits of one sample, 0-based.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    public static Target Class(int index) => PerSample([index]);

    /// <summary>The same class for every sample, by its label.</summary>
    /// <param name="label">A value of an explainer's generated <c>Label</c>.</param>
    /// <typeparam name="TLabel">The explainer's <c>Label</c>.</typeparam>
    public static Target Class<TLabel>(TLabel label)
        where TLabel : struct, Enum => Class(Convert.ToInt32(label, System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>One class a sample.</summary>
    /// <param name="indices">As many indices as the batch has samples; or a single one for all.</param>
    /// <exception cref="ArgumentException">No index is given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is negative.</exception>
    public static Target PerSample(params int[] indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        return PerSample(indices.AsSpan());
    }

    /// <inheritdoc cref="PerSample(int[])"/>
    public static Target PerSample(ReadOnlySpan<int> indices)
    {
        if (indices.IsEmpty)
        {
            throw new ArgumentException("A target needs at least one class index.", nameof(indices));
        }

        foreach (var index in indices)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(indices));
        }

        return new Target(indices is [var alone] && alone < Alone.Length ? Alone[alone] ??= [alone] : indices.ToArray());
    }

    /// <summary>Why one class rather than another, for every sample: the first starts with its relevance, the second with the negative of its own.</summary>
    /// <param name="index">Index of the class that is favoured, 0-based.</param>
    /// <param name="against">Index of the class that it is compared with.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is negative.</exception>
    /// <exception cref="ArgumentException">Both are the same class.</exception>
    public static Target Difference(int index, int against)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfNegative(against);
        return index != against ? new Target([index], against) : throw new ArgumentException($"Class {index} does not differ from itself; give two classes.", nameof(against));
    }

    /// <summary>The class that is compared with; <c>null</c> where there is none.</summary>
    public int? Against { get; }

    /// <summary>A class index is a target for every sample.</summary>
    public static implicit operator Target(int index) => Class(index);

    /// <summary>As the conversion from <see cref="int"/>.</summary>
    public static Target FromInt32(int index) => Class(index);

    /// <summary>Class of each sample, or <c>null</c> for the arg-max.</summary>
    internal ReadOnlySpan<int> Classes => _classes;

    /// <summary>The explained class of each sample, given the logits [N, …] of an output with that name.</summary>
    /// <exception cref="TargetException">The target does not fit the logits.</exception>
    internal static int[] Resolve(Target target, Tensor logits, string output)
    {
        var classes = target._classes;
        var batch = checked((int)logits.shape[0]);
        var width = logits.numel() / batch;
        if (classes is null)
        {
            using var flat = logits.reshape(batch, -1);
            using var top = flat.argmax(1);
            using var onCpu = top.cpu();
            return [.. onCpu.data<long>().Select(i => checked((int)i))];
        }

        target.Check(batch, width, output, nameof(target));
        return classes.Length == 1 ? [.. Enumerable.Repeat(classes[0], batch)] : [.. classes];
    }

    /// <summary>Refuses a target that does not fit the samples of an output with that name.</summary>
    /// <exception cref="TargetException">It does not fit.</exception>
    internal void Check(int samples, long width, string output, string parameter)
    {
        if (_classes is null)
        {
            return;
        }

        if (_classes.Length != 1 && _classes.Length != samples)
        {
            throw new TargetException($"The target has {_classes.Length} classes for a batch of {samples}; give one, or one a sample.", parameter, _classes.Length)
            {
                Output = output,
                Expected = samples == 1 ? "1 class" : $"1 or {samples} classes",
            };
        }

        Refuse(_classes, width, output, parameter);
        if (Against is { } against)
        {
            Refuse([against], width, output, parameter);
        }

        static void Refuse(ReadOnlySpan<int> classes, long width, string output, string parameter)
        {
            foreach (var index in classes)
            {
                if (index >= width)
                {
                    throw new TargetException($"The explained output '{output}' has {width} numbers a sample, 0 to {width - 1}.", parameter, index)
                    {
                        Output = output,
                        Expected = $"0 to {width - 1}",
                    };
                }
            }
        }
    }

    /// <summary>The explained class of one sample of a target that fits, given its logits.</summary>
    internal int Of(int sample, ReadOnlySpan<float> logits)
    {
        if (_classes is not null)
        {
            return _classes[_classes.Length == 1 ? 0 : sample];
        }

        var top = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[top] || (float.IsNaN(logits[i]) && !float.IsNaN(logits[top])))
            {
                top = i;
            }
        }

        return top;
    }

    /// <summary>What is asked for without the class that it is compared with: <c>top</c>, or class indices.</summary>
    internal string Asked => _classes is null ? "top" : string.Join(",", _classes);

    /// <summary>Whether the arg-max is explained.</summary>
    public bool IsTop => _classes is null;

    /// <inheritdoc/>
    public bool Equals(Target other) => IsTop == other.IsTop && Against == other.Against && Classes.SequenceEqual(other.Classes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Target other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _classes is null ? -1 : _classes.Append(Against ?? -1).Aggregate(_classes.Length, HashCode.Combine);

    /// <summary>Equality by value.</summary>
    public static bool operator ==(Target left, Target right) => left.Equals(right);

    /// <summary>Inequality by value.</summary>
    public static bool operator !=(Target left, Target right) => !left.Equals(right);

    /// <inheritdoc/>
    public override string ToString() => Asked + (Against is { } against ? $" against {against}" : "");
}
