namespace Layerwise.Rendering;

/// <summary>How pixels become the numbers of a model: value = (pixel · scale − mean) / std.</summary>
public sealed record PixelScaling
{
    /// <summary>Applied to pixels of 0 to 255.</summary>
    public float Scale { get; init; } = 1 / 255f;

    /// <summary>One number for all channels or one a channel, in the model's channel order.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0f];

    /// <summary>As <see cref="Mean"/>; never 0.</summary>
    public IReadOnlyList<float> Std { get; init; } = [1f];

    /// <summary>The model's channels stand as blue, green, red.</summary>
    public bool Bgr { get; init; }
}
