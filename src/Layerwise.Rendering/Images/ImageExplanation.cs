namespace Layerwise.Rendering;

/// <summary>Why a network said what it said about one or more pictures, with what it saw of them. Owns its tensors: dispose it.</summary>
public sealed class ImageExplanation : Explanation
{
    internal ImageExplanation(Explanation explanation, ImageBatch batch, IReadOnlyList<string> labels)
        : base(explanation, labels) => (Pictures, Layout) = (batch.Pictures, batch.Layout);

    /// <summary>The pictures as the model saw them: of its size.</summary>
    public IReadOnlyList<Picture> Pictures { get; }

    /// <summary>How the relevance of a picture lies in its sample.</summary>
    public SampleLayout Layout { get; }

    /// <summary>The relevance of a picture as colours over the picture itself, faint and grey; enlarged where it is small.</summary>
    /// <param name="sample">Which picture, 0-based.</param>
    /// <param name="options">Colours, scale and size.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such picture.</exception>
    /// <exception cref="NotFiniteException">The relevance is NaN or infinite somewhere.</exception>
    public Raster Heatmap(int sample = 0, HeatmapOptions? options = null)
    {
        var relevance = this.RelevanceOf(sample);
        options ??= new HeatmapOptions();
        var map = Rendering.Heatmap.Over(Pictures[sample], relevance, Layout, options);
        var longer = Math.Max(map.Width, map.Height);
        var factor = Math.Max(1, (options.MinSide + longer - 1) / longer);
        return factor == 1 ? map : map.Enlarge(factor, factor);
    }

    /// <summary>A picture, its relevance over it and alone, side by side, with the scale of the colours.</summary>
    /// <param name="sample">Which picture, 0-based.</param>
    /// <param name="options">Colours and scale.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such picture.</exception>
    /// <exception cref="NotFiniteException">The relevance is NaN or infinite somewhere.</exception>
    public Figure Draw(int sample = 0, HeatmapOptions? options = null)
    {
        var relevance = this.RelevanceOf(sample);
        return PictureExplanation.Draw(Pictures[sample], relevance, Layout, this.ClassesOf(Labels, sample)[Target[sample]].ShortName, options);
    }
}
