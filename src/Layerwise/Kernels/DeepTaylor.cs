namespace Layerwise.Kernels;

/// <summary>What deep Taylor decomposition asks of a network's weights.</summary>
internal static class DeepTaylor
{
    /// <exception cref="CompositeException">The largest bias of a layer is positive.</exception>
    public static void RequireNoPositiveBias(string name, float largest)
    {
        if (largest > 0)
        {
            throw new CompositeException($"Deep Taylor decomposition holds where no bias is positive, but the layer '{name}' has one of {largest:g4}. Train with biases of at most 0, leave them out with ZeroBias, or use EpsilonPlus.")
            {
                Composite = Composite.DeepTaylor,
                Layer = name,
                Expected = "biases of at most 0",
                Actual = $"a bias of {largest:g4}",
            };
        }
    }
}
