using System.Text;
using System.Xml;
using SkiaSharp;

namespace Layerwise.Rendering;

/// <summary>
/// A finished figure: the same marks as SVG and as pixels. As SVG its text takes the colour of the page around it.
/// </summary>
public sealed class Figure
{
    private const string Namespace = "http://www.w3.org/2000/svg";

    private readonly List<Mark> _marks = [];

    internal Figure(double width, double height, string description)
    {
        Refuse.Size((long)Math.Ceiling(width), (long)Math.Ceiling(height));
        (Width, Height, Description) = (Math.Ceiling(width), Math.Ceiling(height), Wording.OneLine(description));
    }

    /// <summary>Width in CSS pixels.</summary>
    public double Width { get; }

    /// <summary>Height in CSS pixels.</summary>
    public double Height { get; }

    /// <summary>What the figure shows, for those who cannot see it.</summary>
    public string Description { get; }

    /// <summary>An SVG file of its own: no script, no style sheet, nothing to be fetched.</summary>
    public string ToSvg() => Svg(standsAlone: true);

    /// <summary>The <c>svg</c> element for a page of HTML.</summary>
    public string ToHtml() => Svg(standsAlone: false);

    /// <summary>The figure as pixels, on white.</summary>
    /// <param name="scale">Pixels for each CSS pixel, above 0; 2 is sharp on today's screens.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not above 0, or the result has more than 100 million pixels.</exception>
    public Raster ToRaster(double scale = 2)
    {
        if (scale is not (> 0 and <= 100))
        {
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "A scale lies above 0, 100 at most.");
        }

        var (width, height) = ((long)Math.Ceiling(Width * scale), (long)Math.Ceiling(Height * scale));
        Refuse.Size(width, height);
        using var bitmap = new SKBitmap(new SKImageInfo((int)width, (int)height, SKColorType.Rgba8888, SKAlphaType.Premul));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        canvas.Scale((float)scale);
        foreach (var mark in _marks)
        {
            mark.Paint(canvas);
        }

        canvas.Flush();
        return Raster.FromBitmap(bitmap);
    }

    /// <summary>As <see cref="ToRaster"/>, the bytes of a PNG file.</summary>
    /// <inheritdoc cref="ToRaster" path="/param|/exception"/>
    public byte[] ToPng(double scale = 2) => ToRaster(scale).ToPng();

    internal void Add(Mark mark) => _marks.Add(mark);

    /// <summary>Another figure's marks, at a place.</summary>
    internal void Add(Figure figure, double x, double y) => _marks.AddRange(figure._marks.Select(mark => mark.Moved(x, y)));

    private string Svg(bool standsAlone)
    {
        var text = new StringBuilder();
        using (var svg = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, ConformanceLevel = ConformanceLevel.Fragment, Indent = true, NewLineChars = "\n" }))
        {
            if (standsAlone)
            {
                svg.WriteStartElement("svg", Namespace);
            }
            else
            {
                svg.WriteStartElement("svg");
            }

            svg.WriteAttributeString("viewBox", $"0 0 {Numbers.Coordinate(Width)} {Numbers.Coordinate(Height)}");
            svg.WriteAttributeString("width", Numbers.Coordinate(Width));
            svg.WriteAttributeString("height", Numbers.Coordinate(Height));
            svg.WriteAttributeString("role", "img");
            svg.WriteAttributeString("font-family", Lettering.SansFamilies);
            if (standsAlone)
            {
                svg.WriteAttributeString("color", new Ink(Ink.Alone).ToCss());
            }

            svg.WriteElementString("title", standsAlone ? Namespace : null, Description);
            foreach (var mark in _marks)
            {
                mark.Write(svg);
            }

            svg.WriteEndElement();
        }

        return text.ToString();
    }
}
