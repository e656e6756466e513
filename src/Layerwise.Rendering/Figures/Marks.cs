using System.Xml;
using SkiaSharp;

namespace Layerwise.Rendering;

/// <summary>One thing on a figure. It knows how it looks as SVG and on a canvas, and nothing of the figure.</summary>
internal abstract record Mark
{
    public abstract void Write(XmlWriter svg);

    public abstract void Paint(SKCanvas canvas);

    /// <summary>The same elsewhere.</summary>
    public abstract Mark Moved(double x, double y);

    protected static void Attribute(XmlWriter svg, string name, double value) => svg.WriteAttributeString(name, Numbers.Coordinate(value));

    /// <summary>Writes a colour as <c>fill</c> or <c>stroke</c>.</summary>
    protected static void Attribute(XmlWriter svg, string name, Ink ink)
    {
        svg.WriteAttributeString(name, ink.ToCss());
        if (ink.Opacity < 1)
        {
            Attribute(svg, name + "-opacity", ink.Opacity);
        }
    }
}

/// <summary>A filled rectangle.</summary>
internal sealed record Box(double X, double Y, double Width, double Height, Ink Fill, double Radius = 0) : Mark
{
    public override void Write(XmlWriter svg)
    {
        svg.WriteStartElement("rect");
        Attribute(svg, "x", X);
        Attribute(svg, "y", Y);
        Attribute(svg, "width", Width);
        Attribute(svg, "height", Height);
        if (Radius > 0)
        {
            Attribute(svg, "rx", Radius);
        }

        Attribute(svg, "fill", Fill);
        svg.WriteEndElement();
    }

    public override void Paint(SKCanvas canvas)
    {
        using var paint = new SKPaint { Color = Fill.ToColor(), IsAntialias = true };
        canvas.DrawRoundRect((float)X, (float)Y, (float)Width, (float)Height, (float)Radius, (float)Radius, paint);
    }

    public override Mark Moved(double x, double y) => this with { X = X + x, Y = Y + y };
}

/// <summary>A line through points.</summary>
internal sealed record Line(IReadOnlyList<(double X, double Y)> Points, Ink Stroke, double Thickness = 1) : Mark
{
    public Line(double x1, double y1, double x2, double y2, Ink stroke, double thickness = 1)
        : this([(x1, y1), (x2, y2)], stroke, thickness)
    {
    }

    public override void Write(XmlWriter svg)
    {
        svg.WriteStartElement("polyline");
        svg.WriteAttributeString("points", string.Join(' ', Points.Select(point => $"{Numbers.Coordinate(point.X)},{Numbers.Coordinate(point.Y)}")));
        svg.WriteAttributeString("fill", "none");
        Attribute(svg, "stroke", Stroke);
        Attribute(svg, "stroke-width", Thickness);
        svg.WriteEndElement();
    }

    public override void Paint(SKCanvas canvas)
    {
        using var paint = new SKPaint { Color = Stroke.ToColor(), IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = (float)Thickness, StrokeJoin = SKStrokeJoin.Round };
        for (var i = 1; i < Points.Count; i++)
        {
            canvas.DrawLine((float)Points[i - 1].X, (float)Points[i - 1].Y, (float)Points[i].X, (float)Points[i].Y, paint);
        }
    }

    public override Mark Moved(double x, double y) => this with { Points = [.. Points.Select(point => (point.X + x, point.Y + y))] };
}

/// <summary>Where a text stands at its place.</summary>
internal enum Anchor
{
    Start,
    Middle,
    End,
}

/// <summary>One line of text; Y is its baseline, Length the width to bring it to whatever the font, as wide as it is unless given.</summary>
internal sealed record Words(double X, double Y, string Text, Ink Fill, double Size = 12, Anchor Anchor = Anchor.Start, bool Bold = false, bool Mono = false, double? Length = null) : Mark
{
    public override void Write(XmlWriter svg)
    {
        svg.WriteStartElement("text");
        Attribute(svg, "x", X);
        Attribute(svg, "y", Y);
        Attribute(svg, "font-size", Size);
        if (Anchor != Anchor.Start)
        {
            svg.WriteAttributeString("text-anchor", Anchor == Anchor.Middle ? "middle" : "end");
        }

        if (Bold)
        {
            svg.WriteAttributeString("font-weight", "600");
        }

        if (Mono)
        {
            svg.WriteAttributeString("font-family", Lettering.MonoFamilies);
        }

        if (Length is { } length)
        {
            Attribute(svg, "textLength", length);
            svg.WriteAttributeString("lengthAdjust", "spacingAndGlyphs");
        }

        Attribute(svg, "fill", Fill);
        svg.WriteString(Wording.OneLine(Text));
        svg.WriteEndElement();
    }

    public override void Paint(SKCanvas canvas) => Lettering.Draw(canvas, this);

    public override Mark Moved(double x, double y) => this with { X = X + x, Y = Y + y };
}

/// <summary>A picture.</summary>
internal sealed record Image(double X, double Y, double Width, double Height, Raster Raster) : Mark
{
    private readonly Lazy<string> _uri = new(() => "data:image/png;base64," + Convert.ToBase64String(Raster.ToPng()));

    public override void Write(XmlWriter svg)
    {
        svg.WriteStartElement("image");
        Attribute(svg, "x", X);
        Attribute(svg, "y", Y);
        Attribute(svg, "width", Width);
        Attribute(svg, "height", Height);
        svg.WriteAttributeString("preserveAspectRatio", "none");
        svg.WriteAttributeString("style", "image-rendering:pixelated");
        svg.WriteAttributeString("href", _uri.Value);
        svg.WriteEndElement();
    }

    public override void Paint(SKCanvas canvas)
    {
        using var bitmap = Raster.ToBitmap();
        using var image = SKImage.FromBitmap(bitmap);
        canvas.DrawImage(image, SKRect.Create((float)X, (float)Y, (float)Width, (float)Height), new SKSamplingOptions(SKFilterMode.Nearest));
    }

    public override Mark Moved(double x, double y) => this with { X = X + x, Y = Y + y };
}
