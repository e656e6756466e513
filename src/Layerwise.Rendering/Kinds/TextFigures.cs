namespace Layerwise.Rendering;

/// <summary>Pictures of what is said about a text.</summary>
public static class TextFigures
{
    /// <summary>The text with the relevance of its tokens behind them: as HTML, or as a figure.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="sample">Which text, 0-based.</param>
    /// <param name="colors"><see cref="ColorMap.Even"/> unless given.</param>
    /// <param name="scale">What gets the full colour; the largest |relevance| unless given.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such text.</exception>
    /// <exception cref="NotFiniteException">A relevance is NaN or infinite.</exception>
    public static HighlightedText Highlight(this TextExplanation explanation, int sample = 0, ColorMap? colors = null, RelevanceScale? scale = null)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        var tokens = explanation.ByToken(sample);
        return new HighlightedText(explanation.Texts[sample].Text, [.. tokens.Select(token => token.Span)], [.. tokens.Select(token => token.Relevance)], colors, scale);
    }
}
