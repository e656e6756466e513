using System.Globalization;
using System.Text;

namespace Layerwise.Rendering;

/// <summary>
/// A text with the relevance of its tokens behind them. What no token covers is shown as it is; a letter that several tokens share (those of single
/// bytes do, of which an emoji takes four) has the sum of theirs.
/// </summary>
public sealed class HighlightedText
{
    private const double Size = 15, Leading = 1.75;

    private readonly IReadOnlyList<Piece> _pieces;

    /// <summary>Marks a text.</summary>
    /// <param name="text">The text, as it was before it was split into tokens.</param>
    /// <param name="tokens">Where each token stands, in any order; some may share letters. A letter that a token ends in is the token's.</param>
    /// <param name="relevance">One number a token.</param>
    /// <param name="colors"><see cref="ColorMap.Even"/> unless given.</param>
    /// <param name="scale">What gets the full colour; the largest |relevance| of a token or a letter unless given.</param>
    /// <exception cref="ShapeException">The relevance does not fit the tokens.</exception>
    /// <exception cref="NotFiniteException">The relevance is NaN or infinite somewhere.</exception>
    /// <exception cref="ArgumentException">A token lies outside of the text.</exception>
    public HighlightedText(string text, IReadOnlyList<TokenSpan> tokens, ReadOnlySpan<float> relevance, ColorMap? colors = null, RelevanceScale? scale = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(tokens);
        Refuse.OtherLength(relevance.Length, tokens.Count, nameof(relevance), "the list of tokens");
        Refuse.NotFinite(relevance, nameof(relevance));
        Text = text;
        _pieces = Cut(text, tokens, relevance);
        Scale = scale ?? RelevanceScale.Of([.. relevance, .. _pieces.Select(piece => piece.Relevance ?? 0)], quantile: 1);
        Colors = colors ?? ColorMap.Even;
    }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>What gets the full colour.</summary>
    public RelevanceScale Scale { get; }

    /// <summary>The colours.</summary>
    public ColorMap Colors { get; }

    /// <summary>The text as HTML: a <c>span</c> for each token with a colour, everything else escaped text. Ends of lines are kept.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder("<p class=\"relevance-text\" style=\"white-space:pre-wrap\">");
        foreach (var piece in _pieces)
        {
            var text = Html.Escape(piece.Text);
            if (piece.Relevance is { } relevance && relevance != 0)
            {
                var color = Color(relevance);
                html.Append("<span style=\"background:").Append(new Ink(color).ToCss()).Append(";color:").Append(Ink.On(color).ToCss())
                    .Append("\" title=\"").Append(Numbers.Signed(relevance)).Append("\">").Append(text).Append("</span>");
            }
            else
            {
                html.Append(text);
            }
        }

        return html.Append("</p>").ToString();
    }

    /// <summary>The text as a figure, in letters of fixed width.</summary>
    /// <param name="width">In CSS pixels, 120 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The width is below 120 or not finite, or the text is too long for a figure.</exception>
    public Figure ToFigure(double width = 680)
    {
        if (width is not (>= 120 and <= 10_000))
        {
            throw new ArgumentOutOfRangeException(nameof(width), width, "A figure of text is 120 to 10,000 pixels wide.");
        }

        const double Advance = Size * Lettering.MonoAdvance, Line = Size * Leading, Margin = 2;
        var placed = Wrap((int)((width - 2 * Margin) / Advance));
        var figure = new Figure(width, Math.Ceiling((placed.Count == 0 ? 1 : placed.Max(word => word.Row) + 1) * Line), "A text; the colour behind a word says how much it speaks for or against.");
        foreach (var (text, relevance, row, column) in placed)
        {
            var (left, top, length) = (Margin + column * Advance, row * Line, Lettering.Cells(text) * Advance);
            var ink = Ink.Text;
            if (relevance is { } value && value != 0)
            {
                var color = Color(value);
                ink = Ink.On(color);
                figure.Add(new Box(left - 1, top + 3, length + 2, Line - 5, color, 2.5));
            }

            if (!string.IsNullOrWhiteSpace(text))
            {
                figure.Add(new Words(left, top + Line * 0.66, text, ink, Size, Mono: true, Length: length));
            }
        }

        return figure;
    }

    private SkiaSharp.SKColor Color(float relevance) => Colors.At(Scale.Place(relevance));

    /// <summary>Cuts a text wherever a token begins or ends, at whole letters.</summary>
    private static List<Piece> Cut(string text, IReadOnlyList<TokenSpan> tokens, ReadOnlySpan<float> relevance)
    {
        int[] letters = [.. StringInfo.ParseCombiningCharacters(text), text.Length];
        var spans = new List<(int Start, int End, float Relevance)>();
        for (var i = 0; i < tokens.Count; i++)
        {
            var (start, length) = tokens[i];
            if (length != 0 && (start < 0 || length < 0 || start > text.Length - length))
            {
                throw new ArgumentException($"Token {i} takes {length} units at {start}; the text has {text.Length}.", nameof(tokens));
            }

            if (length > 0)
            {
                spans.Add((letters[Letter(start, orNext: false)], letters[Letter(start + length, orNext: true)], relevance[i]));
            }
        }

        spans = [.. spans.OrderBy(span => span.Start)];
        int[] cuts = [.. spans.SelectMany(span => new[] { span.Start, span.End }).Append(0).Append(text.Length).Distinct().Order()];
        var (pieces, open, next) = (new List<Piece>(), new List<(int Start, int End, float Relevance)>(), 0);
        foreach (var (start, end) in cuts.Zip(cuts.Skip(1)))
        {
            open.RemoveAll(span => span.End <= start);
            for (; next < spans.Count && spans[next].Start <= start; next++)
            {
                open.Add(spans[next]);
            }

            pieces.Add(new Piece(text[start..end], open.Count > 0 ? open.Sum(span => span.Relevance) : null));
        }

        return pieces;

        int Letter(int place, bool orNext)
        {
            var found = Array.BinarySearch(letters, place);
            return found >= 0 ? found : ~found - (orNext ? 0 : 1);
        }
    }

    /// <summary>Breaks lines between words, of which one may be several tokens; what is longer than a line breaks anywhere.</summary>
    private List<(string Text, float? Relevance, int Row, int Column)> Wrap(int columns)
    {
        var placed = new List<(string, float?, int, int)>();
        var (row, column, inWord) = (0, 0, false);
        var parts = _pieces.SelectMany(piece => Words(piece.Text).Select(text => (Text: text, piece.Relevance))).ToList();
        for (var i = 0; i < parts.Count; i++)
        {
            var (text, relevance) = parts[i];
            if (text == "\n")
            {
                (row, column, inWord) = (row + 1, 0, false);
                continue;
            }

            var isSpace = text == " ";
            var cells = isSpace ? 1 : inWord ? 0 : parts.Skip(i).TakeWhile(part => part.Text is not (" " or "\n")).Sum(part => Lettering.Cells(part.Text));
            inWord = !isSpace;
            if (column > 0 && column + cells > columns)
            {
                (row, column) = (row + 1, 0);
                if (isSpace)
                {
                    continue;
                }
            }

            for (var rest = text; rest.Length > 0;)
            {
                var taken = Lettering.Head(rest, columns - column);
                if (column > 0 && column + Lettering.Cells(taken) > columns)
                {
                    (row, column) = (row + 1, 0);
                    continue;
                }

                placed.Add((taken, relevance, row, column));
                rest = rest[taken.Length..];
                column += Lettering.Cells(taken);
            }
        }

        return placed;
    }

    /// <summary>Words, single spaces and ends of lines.</summary>
    private static IEnumerable<string> Words(string text)
    {
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && !char.IsWhiteSpace(text[i]))
            {
                continue;
            }

            if (i > start)
            {
                yield return text[start..i];
            }

            if (i < text.Length && text[i] != '\r')
            {
                yield return text[i] == '\n' ? "\n" : " ";
            }

            start = i + 1;
        }
    }

    private readonly record struct Piece(string Text, float? Relevance);
}
