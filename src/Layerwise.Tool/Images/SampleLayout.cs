namespace Layerwise.Tool.Images;

/// <summary>Which axis of a sample counts channels, and how the other axes lie in space.</summary>
/// <param name="Channels">Number of channels.</param>
/// <param name="Space">The other axes: [L], [H, W] or [D, H, W].</param>
/// <param name="ChannelsLast">NHWC rather than NCHW.</param>
internal sealed record SampleLayout(int Channels, IReadOnlyList<int> Space, bool ChannelsLast)
{
    /// <summary>Number of positions in space.</summary>
    public int Positions => Space.Aggregate(1, (product, dim) => product * dim);

    /// <summary>
    /// Reads the layout off a sample's shape: [C, L], [C, H, W] or [C, D, H, W]; channels stand last where the last
    /// axis has 1 or 3 and the first has not. <c>null</c> for any other shape.
    /// </summary>
    public static SampleLayout? Of(IReadOnlyList<long> sample)
    {
        if (sample.Count is < 2 or > 4 || sample.Any(dim => dim is < 1 or > int.MaxValue))
        {
            return null;
        }

        int[] dims = [.. sample.Select(dim => (int)dim)];
        return dims.Length > 2 && dims[^1] is 1 or 3 && dims[0] is not (1 or 3)
            ? new SampleLayout(dims[^1], dims[..^1], ChannelsLast: true)
            : new SampleLayout(dims[0], dims[1..], ChannelsLast: false);
    }

    /// <summary>The layout of a picture: open sizes of the input are the picture's.</summary>
    public static SampleLayout? Of(IReadOnlyList<long> sample, int height, int width) => sample switch
    {
        [1 or 3, var h, var w] => Of([sample[0], h == Port.Any ? height : h, w == Port.Any ? width : w]),
        [var h, var w, 1 or 3] => Of([h == Port.Any ? height : h, w == Port.Any ? width : w, sample[2]]),
        _ => Of(sample),
    };

    /// <summary>A sample's shape.</summary>
    public long[] Shape => ChannelsLast ? [.. Space.Select(dim => (long)dim), Channels] : [Channels, .. Space.Select(dim => (long)dim)];

    /// <summary>Where an element stands in a sample.</summary>
    public int Offset(int channel, int position) => ChannelsLast ? position * Channels + channel : channel * Positions + position;
}
