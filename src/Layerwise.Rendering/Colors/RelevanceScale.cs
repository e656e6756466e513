namespace Layerwise.Rendering;

/// <summary>Which relevance gets the full colour. One number for both signs, so that a scale is always symmetric about zero.</summary>
/// <param name="Max">The relevance of the full colour, 0 or more; 0 where there is no relevance at all.</param>
public readonly record struct RelevanceScale(double Max)
{
    /// <summary>The quantile of |R| that gets the full colour unless another is asked for: a few extreme pixels must not wash out the rest.</summary>
    public const double UsualQuantile = 0.995;

    /// <summary>The scale of some relevance.</summary>
    /// <param name="relevance">All that is drawn on the scale.</param>
    /// <param name="quantile">The quantile of |R| that gets the full colour, above 0 to 1; 1 is the largest. Where it is 0, the largest |R| is taken.</param>
    /// <exception cref="NotFiniteException">A value is NaN or infinite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The quantile is out of its range.</exception>
    public static RelevanceScale Of(ReadOnlySpan<float> relevance, double quantile = UsualQuantile)
    {
        if (quantile is not (> 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(quantile), quantile, "A quantile lies above 0 and at most at 1.");
        }

        Refuse.NotFinite(relevance, nameof(relevance));
        if (relevance.IsEmpty)
        {
            return new RelevanceScale(0);
        }

        var sizes = new float[relevance.Length];
        for (var i = 0; i < sizes.Length; i++)
        {
            sizes[i] = Math.Abs(relevance[i]);
        }

        Array.Sort(sizes);
        var scale = sizes[(int)Math.Ceiling(quantile * sizes.Length) - 1];
        return new RelevanceScale(scale > 0 ? scale : sizes[^1]); // few relevant elements: the largest
    }

    /// <summary>Where a relevance lies on the scale: −1 to 1, 0 for none.</summary>
    /// <param name="relevance">A finite number.</param>
    public double Place(double relevance) => Max > 0 ? Math.Clamp(relevance / Max, -1, 1) : 0;
}
