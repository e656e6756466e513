namespace Layerwise.Oracle;

/// <summary>
/// Elements of a layer that are computed one by one: all of them where that is within a budget of multiplications, otherwise some by chance,
/// each exactly: an output by its row, an input's relevance by all outputs that see it, each with its whole row.
/// </summary>
public static class LayerSample
{
    // Elements that stand at one place of different channels are seen by the same outputs: the others cost little once one is known.
    private const int PerPlace = 32;

    /// <summary>Elements of the output.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="random">By which chance.</param>
    /// <param name="budget">How many multiplications there may be; one element is computed in any case.</param>
    public static IEnumerable<(int Element, double Value)> Outputs(OracleLayer layer, Random random, long budget)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(random);
        return layer.Entries <= budget
            ? Enumerable.Range(0, layer.Count).Select(o => (o, layer[o]))
            : Within(layer, budget, () => random.Next(layer.Count)).Select(o => (o, layer[o]));
    }

    /// <summary>The relevance of elements of the inputs.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="relevance">Its relevance.</param>
    /// <param name="random">By which chance.</param>
    /// <param name="budget">How many multiplications there may be; one element is computed in any case.</param>
    public static IEnumerable<(int Input, int Element, double Value)> Inputs(OracleLayer layer, LayerRelevance relevance, Random random, long budget)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(relevance);
        ArgumentNullException.ThrowIfNull(random);
        if (2 * layer.Entries <= budget)
        {
            return Enumerable.Range(0, layer.Inputs.Count).SelectMany(k => Enumerable.Range(0, layer.Inputs[k].Values.Length).Select(i => (k, i, relevance[k, i])));
        }

        var (input, first, left) = (0, 0, 0);
        return Within(layer, budget, () =>
        {
            if (left-- == 0)
            {
                input = random.Next(layer.Inputs.Count);
                first = random.Next(layer.Inputs[input].Values.Length);
                left = PerPlace - 1;
                return (input, first);
            }

            var shape = layer.Inputs[input].Shape;
            var area = shape.Length > 2 ? Shapes.Size(shape.AsSpan(2)) : 1;
            return (input, ((random.Next(layer.Inputs[input].Values.Length / area) * area) + (first % area)));
        }).Select(at => (at.Item1, at.Item2, relevance[at.Item1, at.Item2]));
    }

    private static IEnumerable<T> Within<T>(OracleLayer layer, long budget, Func<T> draw)
    {
        var (start, done) = (layer.Work, new HashSet<T>());
        for (var attempt = 0; attempt == 0 || (layer.Work - start < budget && attempt < layer.Count); attempt++)
        {
            if (draw() is var next && done.Add(next))
            {
                yield return next;
            }
        }
    }
}
