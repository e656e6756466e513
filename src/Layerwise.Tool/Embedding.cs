using Layerwise.Rendering;

namespace Layerwise.Tool;

/// <summary>Where ids are looked up: relevance ends there, for an id is no quantity.</summary>
internal static class Embedding
{
    // What moves or converts ids, and leaves them what they are.
    private static readonly string[] Movements = ["Cast", "Reshape", "Squeeze", "Unsqueeze", "Identity"];

    /// <summary>The first layer that looks up the network's first input; <c>null</c> where that holds no ids.</summary>
    public static Layer? Of(Runtime.Network network)
    {
        HashSet<string> ids = network.Inputs[0].IsFloat ? [] : [network.Inputs[0].Name];
        foreach (var layer in network.Layers)
        {
            if (layer.Op.StartsWith("Gather", StringComparison.Ordinal) && layer.Inputs is [_, var looked, ..] && ids.Contains(looked))
            {
                return layer;
            }

            if (Movements.Any(name => layer.Op.StartsWith(name, StringComparison.Ordinal)) && layer.Inputs is [var moved, ..] && ids.Contains(moved))
            {
                ids.Add(layer.Output);
            }
        }

        return null;
    }

    /// <summary>The relevance of each id of one sample: what comes to its vector, summed.</summary>
    /// <exception cref="ToolException">None comes there.</exception>
    public static float[] RelevanceOf(Explanation why, Layer embedding)
    {
        var came = why.LayersOf().FirstOrDefault(layer => layer.Name == embedding.Name) ?? throw new ToolException($"no relevance comes to '{embedding.Name}', which looks the text's tokens up");
        return [.. came.Relevance.Chunk(came.Relevance.Length / (int)came.Shape[0]).Select(vector => vector.Sum())];
    }

    /// <summary>A balance in which the relevance of the ids is the input's, and no constant's share.</summary>
    public static Conservation Balance(Conservation balance, IEnumerable<float> relevance)
    {
        var ids = relevance.Sum(share => (double)share);
        return balance with { InputSum = balance.InputSum + ids, BiasShare = balance.BiasShare - ids };
    }
}
