namespace Layerwise.Rendering;

/// <summary>Which axis of a sample counts channels, and how the other axes lie in space.</summary>
/// <param name="Channels">Number of channels.</param>
/// <param name="Space">The other axes: [L], [H, W] or [D, H, W].</param>
/// <param name="ChannelsLast">NHWC rather than NCHW.</param>
public sealed record SampleLayout(int Channels, IReadOnlyList<int> Space, bool ChannelsLast = false)
{
    /// <summary>Number of positions in space.</summary>
    public int Positions => Space.Aggregate(1, (product, dim) => checked(product * dim));

    /// <summary>Number of elements of a sample.</summary>
    public int Size => checked(Channels * Positions);

    /// <summary>A sample's shape.</summary>
    public long[] Shape => ChannelsLast ? [.. Space.Select(dim => (long)dim), Channels] : [Channels, .. Space.Select(dim => (long)dim)];

    /// <summary>
    /// Reads the layout off a sample's shape: [C, L], [C, H, W] or [C, D, H, W]; channels stand last where the last
    /// axis has 1 or 3 and the first has not. <c>null</c> for any other shape.
    /// </summary>
    /// <param name="sample">The shape without the batch.</param>
    public static SampleLayout? Of(IReadOnlyList<long> sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        if (sample.Count is < 2 or > 4 || sample.Any(dim => dim is < 1 or > int.MaxValue))
        {
            return null;
        }

        int[] dims = [.. sample.Select(dim => (int)dim)];
        return dims.Length > 2 && dims[^1] is 1 or 3 && dims[0] is not (1 or 3)
            ? new SampleLayout(dims[^1], dims[..^1], ChannelsLast: true)
            : new SampleLayout(dims[0], dims[1..]);
    }

    /// <summary>As <see cref="Of(IReadOnlyList{long})"/>, where open sizes of the input are those of a picture.</summary>
    /// <param name="sample">The shape without the batch; what is negative is open.</param>
    /// <param name="height">The picture's height.</param>
    /// <param name="width">The picture's width.</param>
    public static SampleLayout? Of(IReadOnlyList<long> sample, int height, int width) => sample switch
    {
        [1 or 3, var h, var w] => Of([sample[0], h < 0 ? height : h, w < 0 ? width : w]),
        [var h, var w, 1 or 3] => Of([h < 0 ? height : h, w < 0 ? width : w, sample[2]]),
        _ => Of(sample),
    };

    /// <summary>Where an element stands in a sample.</summary>
    /// <param name="channel">0-based.</param>
    /// <param name="position">0-based, row-major in space.</param>
    public int Offset(int channel, int position) => ChannelsLast ? position * Channels + channel : channel * Positions + position;
}
