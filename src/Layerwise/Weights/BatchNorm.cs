namespace Layerwise;

/// <summary>
/// A BatchNormalization, y = (x − μ)·γ/√(σ² + ε) + β for each channel, and what it makes of the linear layer before it.
/// Computed in float64 and rounded once.
/// </summary>
public sealed class BatchNorm
{
    private readonly Weights _source;
    private readonly long _channels;
    private readonly Lazy<(double[] Scale, double[] Mean, double[] Bias)> _parameters;

    internal BatchNorm(Weight scale, Weight bias, Weight mean, Weight variance, double epsilon)
    {
        _source = scale.Source;
        _channels = scale.Count;
        _parameters = new(() =>
        {
            double[] factor = Doubles(scale), squares = Doubles(variance);
            for (var i = 0; i < factor.Length; i++)
            {
                factor[i] /= Math.Sqrt(squares[i] + epsilon);
            }

            return (factor, Doubles(mean), Doubles(bias));
        });
    }

    /// <summary>γ/√(σ² + ε), one element a channel.</summary>
    public Weight Scale => new PerChannel(this, null, (p, c, _) => p.Scale[c]);

    /// <summary>β − μ·γ/√(σ² + ε), one element a channel.</summary>
    public Weight Shift => MergeBias(null);

    /// <summary>The weight of the linear layer before, each output channel times its scale.</summary>
    /// <param name="weight">The layer's weight.</param>
    /// <param name="outputAxis">The dimension of its output channels: 0 for Conv, 1 for ConvTranspose.</param>
    /// <param name="groups">The layer's groups, where <paramref name="outputAxis"/> is 1 and counts the channels of one group.</param>
    /// <exception cref="ArgumentException">The dimension does not fit the number of channels.</exception>
    public Weight MergeWeight(Weight weight, int outputAxis, int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentOutOfRangeException.ThrowIfLessThan(groups, 1);
        if (outputAxis < 0 || outputAxis >= weight.Shape.Count)
        {
            throw new ArgumentOutOfRangeException(nameof(outputAxis), outputAxis, $"{Weight.Show(weight.Shape)} has no such dimension.");
        }

        // Along dimension 0 the channels of all groups follow one another; elsewhere dimension 0 tells the group.
        var parts = outputAxis == 0 ? 1 : groups;
        if (weight.Shape[outputAxis] * parts != _channels || weight.Shape[0] % parts != 0)
        {
            throw new ArgumentException($"{Weight.Show(weight.Shape)} has not {_channels} channels along dimension {outputAxis} in {groups} groups.", nameof(weight));
        }

        return new Merged(this, weight, outputAxis, parts);
    }

    /// <summary>The bias of the linear layer before: (b − μ)·γ/√(σ² + ε) + β, one element a channel.</summary>
    /// <param name="bias">The layer's bias, or <c>null</c> where it has none.</param>
    /// <exception cref="ArgumentException"><paramref name="bias"/> has not one element a channel.</exception>
    public Weight MergeBias(Weight? bias)
    {
        if (bias is not null && !bias.Shape.SequenceEqual([_channels]))
        {
            throw new ArgumentException($"{Weight.Show(bias.Shape)} has not one element for each of {_channels} channels.", nameof(bias));
        }

        return new PerChannel(this, bias, (p, c, b) => ((b - p.Mean[c]) * p.Scale[c]) + p.Bias[c]);
    }

    private static double[] Doubles(Weight weight)
    {
        var values = new float[weight.Count];
        weight.CopyTo(values);
        return Array.ConvertAll(values, v => (double)v);
    }

    private sealed class PerChannel(BatchNorm norm, Weight? of, Func<(double[] Scale, double[] Mean, double[] Bias), int, double, double> value)
        : Weight(norm._source, [norm._channels])
    {
        public override void CopyTo(Span<float> destination)
        {
            Check(destination);
            destination.Clear();
            of?.CopyTo(destination);
            for (var c = 0; c < destination.Length; c++)
            {
                destination[c] = (float)value(norm._parameters.Value, c, destination[c]);
            }
        }
    }

    private sealed class Merged(BatchNorm norm, Weight of, int axis, int groups) : Weight(of.Source, of.Shape)
    {
        public override void CopyTo(Span<float> destination)
        {
            of.CopyTo(destination);
            var scale = norm._parameters.Value.Scale;
            var channels = (int)Shape[axis];
            var inner = (int)Product(Shape.Skip(axis + 1));
            var perGroup = destination.Length / groups;
            for (int start = 0, block = 0; inner > 0 && start < destination.Length; start += inner, block++)
            {
                var factor = scale[((start / perGroup) * channels) + (block % channels)];
                foreach (ref var value in destination.Slice(start, inner))
                {
                    value = (float)(value * factor);
                }
            }
        }
    }
}
