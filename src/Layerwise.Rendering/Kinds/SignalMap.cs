using System.Globalization;

namespace Layerwise.Rendering;

/// <summary>Signals over time, one lane a channel: the trace, and behind it the relevance of each moment.</summary>
public static class SignalMap
{
    private const double Width = 680, NameWidth = 84, MaxPoints = 1200, Size = 11;

    /// <summary>Draws one sample.</summary>
    /// <param name="signal">What the model saw; empty to draw the relevance alone.</param>
    /// <param name="relevance">One number for each of the signal's.</param>
    /// <param name="layout">[C, L] or [L, C].</param>
    /// <param name="names">The channels' names; numbers unless given.</param>
    /// <param name="samplingRate">Values a second, for the axis; it counts values unless given.</param>
    /// <param name="options">Colours and scale.</param>
    /// <exception cref="ShapeException">The layout is no signal's, or something does not fit it.</exception>
    /// <exception cref="NotFiniteException">A number is NaN or infinite.</exception>
    public static Figure Draw(ReadOnlySpan<float> signal, ReadOnlySpan<float> relevance, SampleLayout layout, IReadOnlyList<string>? names = null, double? samplingRate = null, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (layout.Space.Count != 1)
        {
            throw Refuse.OtherShape($"A signal has the shape [C, L]; this is [{string.Join(", ", layout.Shape)}].", nameof(layout), "[C, L]", $"[{string.Join(", ", layout.Shape)}]");
        }

        if (names is not null && names.Count != layout.Channels)
        {
            throw Refuse.OtherShape($"There are {names.Count} names for {layout.Channels} channels.", nameof(names), $"{layout.Channels} names", $"{names.Count} names");
        }

        if (samplingRate is not (null or (> 0 and < double.PositiveInfinity)))
        {
            throw new ArgumentException($"A sampling rate lies above 0; this is {samplingRate}.", nameof(samplingRate));
        }

        options ??= new HeatmapOptions();
        var map = Plane.Of(relevance, layout);
        var traces = signal.IsEmpty ? (Plane?)null : Plane.Of(signal, layout, nameof(signal));
        var scale = options.Scale ?? RelevanceScale.Of(map.Values);
        var lane = Math.Clamp(Math.Floor(420.0 / layout.Channels), 12, 64);
        var legend = ColorBar.Draw(scale, options.Colors);
        var bottom = layout.Channels * lane;
        var figure = new Figure(Width, bottom + 30 + legend.Height, $"{layout.Channels} signals over time, and how much each moment speaks for or against.");
        for (var channel = 0; channel < layout.Channels; channel++)
        {
            var top = channel * lane;
            figure.Add(new Words(0, top + lane / 2 + 4, Lettering.Fit(names?[channel] ?? $"channel {channel}", Math.Min(Size, lane - 2), NameWidth - 8), Ink.Text, Math.Min(Size, lane - 2)));
            figure.Add(new Image(NameWidth, top + 1, Width - NameWidth, lane - 2, Strip(map, channel, scale, options.Colors)));
            if (traces is { } plane)
            {
                figure.Add(new Line(Trace(plane, channel, top, lane), Ink.On(options.Colors.Zero), lane > 24 ? 1.2 : 0.8));
            }
        }

        Axis(figure, map.Width, bottom, samplingRate);
        figure.Add(legend, NameWidth, bottom + 30);
        return figure;
    }

    private static Raster Strip(Plane map, int channel, RelevanceScale scale, ColorMap colors)
    {
        var strip = new Raster(map.Width, 1);
        for (var t = 0; t < map.Width; t++)
        {
            strip[t, 0] = colors.At(scale.Place(map.Values[channel * map.Width + t]));
        }

        return strip;
    }

    /// <summary>The trace within its lane; of a long one, the extremes of each stretch.</summary>
    private static List<(double X, double Y)> Trace(Plane plane, int channel, double top, double lane)
    {
        var values = plane.Values.AsSpan(channel * plane.Width, plane.Width);
        var (low, high) = (values[0], values[0]);
        foreach (var value in values)
        {
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }

        var room = lane - 8;
        var stretch = Math.Max(1, (int)Math.Ceiling(values.Length / (MaxPoints / 2)));
        var points = new List<(double, double)>();
        for (var start = 0; start < values.Length; start += stretch)
        {
            var part = values.Slice(start, Math.Min(stretch, values.Length - start));
            var (least, most) = (start, start);
            for (var i = 0; i < part.Length; i++)
            {
                least = part[i] < values[least] ? start + i : least;
                most = part[i] > values[most] ? start + i : most;
            }

            foreach (var at in least == most ? [least] : new[] { Math.Min(least, most), Math.Max(least, most) })
            {
                var height = high > low ? ((double)values[at] - low) / ((double)high - low) : 0.5;
                points.Add((NameWidth + (at + 0.5) / values.Length * (Width - NameWidth), top + 4 + (1 - height) * room));
            }
        }

        return points;
    }

    private static void Axis(Figure figure, int length, double top, double? rate)
    {
        var span = rate is { } perSecond ? length / perSecond : length;
        var step = Step(span / 6);
        for (var i = 0; i * step <= span; i++)
        {
            var x = NameWidth + i * step / span * (Width - NameWidth);
            figure.Add(new Line(x, top + 1, x, top + 5, Ink.Muted));
            var last = (i + 1) * step > span;
            var text = Math.Round(i * step, 9).ToString("0.#########", CultureInfo.InvariantCulture) + (last && rate is not null ? " s" : "");
            figure.Add(new Words(x, top + 17, text, Ink.Muted, Size, x > Width - 20 ? Anchor.End : Anchor.Middle));
        }
    }

    /// <summary>1, 2 or 5 times a power of ten, at least as large.</summary>
    private static double Step(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return new[] { 1, 2, 5, 10 }.Select(factor => factor * power).First(step => step >= least * (1 - 1e-9));
    }
}
