namespace Layerwise.Rendering;

/// <summary>The numbers of a picture: what a sample comes to on two axes.</summary>
internal readonly record struct Plane(int Width, int Height, float[] Values)
{
    /// <summary>[C, L] as it lies; [C, H, W] summed over the channels; [C, D, H, W] summed, its middle slice.</summary>
    /// <exception cref="ShapeException">The values do not fit the layout.</exception>
    /// <exception cref="NotFiniteException">A value is not finite.</exception>
    public static Plane Of(ReadOnlySpan<float> values, SampleLayout layout, string parameter = "relevance") => layout.Space.Count switch
    {
        1 => Channels(values, layout, parameter),
        3 => Slice(values, layout, layout.Space[0] / 2, parameter),
        _ => Slice(values, layout, 0, parameter),
    };

    /// <summary>One slice along the depth, summed over the channels.</summary>
    public static Plane Slice(ReadOnlySpan<float> values, SampleLayout layout, int depth, string parameter = "relevance")
    {
        Check(values, layout, parameter);
        var (width, height) = (layout.Space[^1], layout.Space[^2]);
        var plane = new float[width * height];
        for (var channel = 0; channel < layout.Channels; channel++)
        {
            for (var i = 0; i < plane.Length; i++)
            {
                plane[i] += values[layout.Offset(channel, depth * plane.Length + i)];
            }
        }

        return new Plane(width, height, plane);
    }

    private static Plane Channels(ReadOnlySpan<float> values, SampleLayout layout, string parameter)
    {
        Check(values, layout, parameter);
        var (length, plane) = (layout.Space[0], new float[values.Length]);
        for (var i = 0; i < plane.Length; i++)
        {
            plane[i] = values[layout.Offset(i / length, i % length)];
        }

        return new Plane(length, layout.Channels, plane);
    }

    private static void Check(ReadOnlySpan<float> values, SampleLayout layout, string parameter)
    {
        Refuse.OtherLength(values.Length, layout.Size, parameter, $"a sample of [{string.Join(", ", layout.Shape)}]");
        Refuse.NotFinite(values, parameter);
    }
}
