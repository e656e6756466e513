namespace Layerwise.Rendering;

/// <summary>A picture on a contact sheet.</summary>
/// <param name="Picture">The picture; shown as wide as its column, its pixels sharp.</param>
/// <param name="Title">What stands above it.</param>
/// <param name="Note">What stands below it, smaller.</param>
public sealed record SheetCell(Raster Picture, string Title = "", string Note = "");

/// <summary>Labelled pictures in rows and columns.</summary>
public static class ContactSheet
{
    private const double Gap = 14, TitleHeight = 20, NoteHeight = 17, TitleSize = 12, NoteSize = 10.5;

    /// <summary>Draws pictures in rows, and a legend below them.</summary>
    /// <param name="cells">One or more.</param>
    /// <param name="columns">How many stand in a row, 1 or more.</param>
    /// <param name="cellWidth">The width of a column in CSS pixels, 16 or more.</param>
    /// <param name="legend">What stands below, such as a <see cref="ColorBar"/>.</param>
    /// <param name="description">What the sheet shows, for those who cannot see it.</param>
    /// <exception cref="ArgumentException">There are no cells.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are no columns, they are too narrow, or the sheet would be too large.</exception>
    public static Figure Draw(IReadOnlyList<SheetCell> cells, int columns, double cellWidth = 160, Figure? legend = null, string description = "Pictures and relevance.")
    {
        ArgumentNullException.ThrowIfNull(cells);
        if (cells.Count == 0)
        {
            throw new ArgumentException("A contact sheet needs a picture.", nameof(cells));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (cellWidth is not (>= 16 and <= 10_000))
        {
            throw new ArgumentOutOfRangeException(nameof(cellWidth), cellWidth, "A column is 16 to 10,000 pixels wide.");
        }

        columns = Math.Min(columns, cells.Count);
        var rows = cells.Chunk(columns).Select(row => new Row(row, cellWidth)).ToList();
        var width = Math.Max(columns * (cellWidth + Gap) - Gap, legend?.Width ?? 0);
        var height = rows.Sum(row => row.Height + Gap) - Gap + (legend is null ? 0 : Gap + legend.Height);
        var figure = new Figure(width, height, description);
        var top = 0.0;
        foreach (var row in rows)
        {
            row.Draw(figure, top, cellWidth);
            top += row.Height + Gap;
        }

        if (legend is not null)
        {
            figure.Add(legend, 0, top);
        }

        return figure;
    }

    private sealed class Row(SheetCell[] cells, double cellWidth)
    {
        private readonly double _title = cells.Any(cell => cell.Title.Length > 0) ? TitleHeight : 0;
        private readonly double _note = cells.Any(cell => cell.Note.Length > 0) ? NoteHeight : 0;
        private readonly double _picture = cells.Max(cell => cellWidth * cell.Picture.Height / cell.Picture.Width);

        public double Height => _title + _picture + _note;

        public void Draw(Figure figure, double top, double cellWidth)
        {
            for (var i = 0; i < cells.Length; i++)
            {
                var (left, cell) = (i * (cellWidth + Gap), cells[i]);
                if (cell.Title.Length > 0)
                {
                    figure.Add(new Words(left, top + TitleHeight - 8, Lettering.Fit(cell.Title, TitleSize, cellWidth), Ink.Text, TitleSize));
                }

                figure.Add(new Image(left, top + _title, cellWidth, cellWidth * cell.Picture.Height / cell.Picture.Width, cell.Picture));
                if (cell.Note.Length > 0)
                {
                    figure.Add(new Words(left, top + _title + _picture + NoteHeight - 4, Lettering.Fit(cell.Note, NoteSize, cellWidth), Ink.Muted, NoteSize));
                }
            }
        }
    }
}
