namespace Layerwise.Rendering;

/// <summary>How relevance becomes colour.</summary>
public sealed record HeatmapOptions
{
    /// <summary>The colours; <see cref="ColorMap.Even"/> unless given.</summary>
    public ColorMap Colors { get; init; } = ColorMap.Even;

    /// <summary>What gets the full colour; the picture's own relevance settles it unless given. Give one where pictures are compared.</summary>
    public RelevanceScale? Scale { get; init; }

    /// <summary>Small pictures are enlarged, each pixel a block, until their longer side has this many pixels; 256 unless given, 1 to leave them.</summary>
    public int MinSide { get; init; } = 256;
}
