using static TorchSharp.torch;

namespace Layerwise.Runtime;

/// <summary>Tensors as a network's inputs.</summary>
internal static class TensorInputs
{
    /// <summary>Refuses tensors that do not fit.</summary>
    /// <returns>The batch; 1 where no input has one.</returns>
    /// <exception cref="ShapeException">Their number, a shape, a batch or a type does not fit.</exception>
    public static long Fit(ReadOnlySpan<Tensor> inputs, IReadOnlyList<Port> ports)
    {
        if (inputs.Length != ports.Count)
        {
            throw new ShapeException($"The network has {ports.Count} inputs ({string.Join(", ", ports.Select(i => $"'{i.Name}'"))}); {inputs.Length} were given.", nameof(inputs))
            {
                Name = "inputs",
                Expected = $"{ports.Count} tensors",
                Actual = $"{inputs.Length} tensors",
            };
        }

        // The batch is what the first input that has one says.
        var first = ports.TakeWhile(i => !i.IsBatched).Count();
        var batch = first < inputs.Length && inputs[first] is { shape: [var samples, ..] } ? samples : -1;
        for (var i = 0; i < inputs.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(inputs[i], nameof(inputs));
            var port = ports[i];
            if ((port.IsBatched && batch < 0) || !port.Fits(inputs[i].shape, batch))
            {
                var wanted = port.ShapeText.Replace("N", i > first && batch >= 0 ? $"{batch}" : "N", StringComparison.Ordinal);
                throw new ShapeException($"The input '{port.Name}' has the shape {Weight.Show(inputs[i].shape)}; it should be {wanted}.", nameof(inputs))
                {
                    Name = port.Name,
                    Expected = wanted,
                    Actual = Weight.Show(inputs[i].shape),
                };
            }

            if (inputs[i].is_floating_point() != port.IsFloat || (inputs[i].dtype == ScalarType.Bool) != (port.Type == ScalarType.Bool))
            {
                var kind = port.IsFloat ? "a floating-point type" : port.Type == ScalarType.Bool ? "of type Bool" : "an integer type";
                throw new ShapeException($"The input '{port.Name}' is of type {inputs[i].dtype}; it should be {kind}.", nameof(inputs))
                {
                    Name = port.Name,
                    Expected = kind,
                    Actual = inputs[i].dtype.ToString(),
                };
            }
        }

        return Math.Max(batch, first < inputs.Length ? batch : 1);
    }

    /// <summary>An initial relevance of another shape than what it is the relevance of.</summary>
    public static ShapeException OtherRelevance(long[] shape, long[] wanted, string parameter)
        => new($"The initial relevance has the shape {Weight.Show(shape)}; it should be {Weight.Show(wanted)}.", parameter)
        {
            Name = "relevance",
            Expected = Weight.Show(wanted),
            Actual = Weight.Show(shape),
        };
}
