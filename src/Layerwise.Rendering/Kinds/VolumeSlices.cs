using SkiaSharp;

namespace Layerwise.Rendering;

/// <summary>A volume in slices along its depth, in one scale; the slice that holds most relevance is always among them.</summary>
public static class VolumeSlices
{
    /// <summary>Draws one sample.</summary>
    /// <param name="volume">What the model saw, which shows faintly in grey; empty to draw the relevance alone.</param>
    /// <param name="relevance">One number for each of the volume's.</param>
    /// <param name="layout">[C, D, H, W] or [D, H, W, C].</param>
    /// <param name="count">How many slices, 1 or more; at most the depth.</param>
    /// <param name="options">Colours and scale.</param>
    /// <exception cref="ShapeException">The layout is no volume's, or something does not fit it.</exception>
    /// <exception cref="NotFiniteException">A number is NaN or infinite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No slice is asked for.</exception>
    public static Figure Draw(ReadOnlySpan<float> volume, ReadOnlySpan<float> relevance, SampleLayout layout, int count = 8, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (layout.Space is not [var depth, var height, var width])
        {
            throw Refuse.OtherShape($"A volume has the shape [C, D, H, W]; this is [{string.Join(", ", layout.Shape)}].", nameof(layout), "[C, D, H, W]", $"[{string.Join(", ", layout.Shape)}]");
        }

        options ??= new HeatmapOptions();
        var slices = new Plane[depth];
        for (var z = 0; z < depth; z++)
        {
            slices[z] = Plane.Slice(relevance, layout, z);
        }

        var scale = options.Scale ?? RelevanceScale.Of(slices.SelectMany(slice => slice.Values).ToArray());
        var strongest = Enumerable.Range(0, depth).MaxBy(z => slices[z].Values.Sum(value => Math.Abs((double)value)));
        var greys = volume.IsEmpty ? null : Greys(volume, layout);
        var cells = Chosen(depth, Math.Min(count, depth), strongest).Select(z => new SheetCell(
            Paint(slices[z], greys?[(z * width * height)..], scale, options.Colors),
            $"slice {z}",
            z == strongest && scale.Max > 0 ? "most relevance" : ""));
        return ContactSheet.Draw([.. cells], columns: 4, legend: ColorBar.Draw(scale, options.Colors), description: $"Slices of a volume of {depth}, and how much each place speaks for or against.");
    }

    /// <summary>Slices at equal distances; the nearest gives way to the strongest.</summary>
    private static int[] Chosen(int depth, int count, int strongest)
    {
        int[] chosen = [.. Enumerable.Range(0, count).Select(i => (int)((i + 0.5) * depth / count))];
        if (!chosen.Contains(strongest))
        {
            chosen[Array.IndexOf(chosen, chosen.MinBy(z => Math.Abs(z - strongest)))] = strongest;
        }

        Array.Sort(chosen);
        return chosen;
    }

    private static Raster Paint(Plane slice, ReadOnlySpan<byte> greys, RelevanceScale scale, ColorMap colors)
    {
        var raster = new Raster(slice.Width, slice.Height);
        for (var i = 0; i < slice.Values.Length; i++)
        {
            var place = scale.Place(slice.Values[i]);
            raster[i % slice.Width, i / slice.Width] = greys.IsEmpty ? colors.At(place) : colors.Over(place, new SKColor(greys[i], greys[i], greys[i]));
        }

        return raster;
    }

    /// <summary>The volume from its least to its largest value, light enough for colours to stand out.</summary>
    private static byte[] Greys(ReadOnlySpan<float> volume, SampleLayout layout)
    {
        var values = new float[layout.Positions];
        for (var z = 0; z < layout.Space[0]; z++)
        {
            var slice = Plane.Slice(volume, layout, z, nameof(volume)).Values;
            slice.CopyTo(values, z * slice.Length);
        }

        var (low, high) = (values.Min(), values.Max());
        return Array.ConvertAll(values, value => (byte)(196 + (high > low ? 56 * ((double)value - low) / ((double)high - low) : 28)));
    }
}
