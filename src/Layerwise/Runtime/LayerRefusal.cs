namespace Layerwise.Runtime;

/// <summary>What a layer cannot be asked for, in the words of all backends.</summary>
internal static class LayerRefusal
{
    public static LayerException NoAxis(Condition condition, int highest)
        => new($"The condition on '{condition.Layer.Name}' counts channels along axis {condition.Axis}; its output has the axes 1 to {highest} besides that of the samples.")
        {
            Layer = condition.Layer.Name,
            Expected = $"axis 1 to {highest}",
            Actual = $"axis {condition.Axis}",
        };

    public static LayerException NoChannel(Condition condition, int channel, long channels)
        => new($"The condition on '{condition.Layer.Name}' names channel {channel}; it has {channels}, 0 to {channels - 1}.")
        {
            Layer = condition.Layer.Name,
            Expected = $"channel 0 to {channels - 1}",
            Actual = $"channel {channel}",
        };

    public static LayerException NotZero(Layer layer, long places)
        => new($"The initial relevance is not 0 at {places} places where the activation of '{layer.Name}' is: no relevance comes there in this network. Set it to 0 there, or explain an explainer with Output = \"{layer.Output}\".")
        {
            Layer = layer.Name,
            Expected = "a relevance that is 0 where the activation is",
            Actual = $"one that is not at {places} places",
        };

    public static LayerException NoRelevance(Layer layer, string option)
        => new($"No relevance comes to the layer '{layer.Name}'.", option)
        {
            Layer = layer.Name,
            Expected = "a layer that relevance comes to",
            Actual = "one that none comes to",
        };

    public static LayerException Passes(Layer layer, string option)
        => new($"Relevance passes the layer '{layer.Name}' unchanged: name the layer before it.", option)
        {
            Layer = layer.Name,
            Expected = "a layer that computes",
            Actual = "one that relevance passes unchanged",
        };
}
