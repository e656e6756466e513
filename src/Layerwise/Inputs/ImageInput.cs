namespace Layerwise;

/// <summary>How a picture becomes a network's input: its size, and the numbers of its pixels, value = (pixel · scale − mean) / std.</summary>
public sealed record ImageInput
{
    private readonly float _scale = 1 / 255f;
    private readonly IReadOnlyList<float> _mean = [0f], _std = [1f];
    private readonly int _width, _height, _resize;

    /// <summary>Applied to pixels of 0 to 255; 1/255 unless given. Finite and not 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is 0, NaN or infinite.</exception>
    public float Scale
    {
        get => _scale;
        init => _scale = float.IsFinite(value) && value != 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The scale is a finite number other than 0, such as 1/255.");
    }

    /// <summary>Subtracted behind the scale: one number for all channels or one a channel, in the network's channel order; 0 unless given.</summary>
    /// <exception cref="ArgumentException">There is no number, or one is NaN or infinite.</exception>
    public IReadOnlyList<float> Mean
    {
        get => _mean;
        init => _mean = value is { Count: > 0 } && value.All(float.IsFinite) ? value : throw new ArgumentException("A mean is one finite number, or one a channel.", nameof(value));
    }

    /// <summary>Divides last: one number for all channels or one a channel; above 0, 1 unless given.</summary>
    /// <exception cref="ArgumentException">There is no number, or one is not above 0.</exception>
    public IReadOnlyList<float> Std
    {
        get => _std;
        init => _std = value is { Count: > 0 } && value.All(std => float.IsFinite(std) && std > 0) ? value : throw new ArgumentException("A standard deviation is one finite number above 0, or one a channel.", nameof(value));
    }

    /// <summary>In which order the channels stand; red, green, blue unless given.</summary>
    public ChannelOrder Order { get; init; }

    /// <summary>How a picture of another size is brought to the network's; stretched unless given.</summary>
    public ImageFit Fit { get; init; }

    /// <summary>The network's width in pixels; 0 where it takes any, and a picture's own is used.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int Width { get => _width; init => _width = NotNegative(value); }

    /// <summary>The network's height in pixels; 0 where it takes any, and a picture's own is used.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int Height { get => _height; init => _height = NotNegative(value); }

    /// <summary>
    /// For <see cref="ImageFit.CenterCrop"/>: the pixels that the shorter side is brought to before the middle is cut out; the longer of
    /// <see cref="Width"/> and <see cref="Height"/> where it is 0.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int Resize { get => _resize; init => _resize = NotNegative(value); }

    /// <summary>The smallest value of each channel that a pixel can have (one number where <see cref="Mean"/> and <see cref="Std"/> have one): the lower bound of <see cref="Rule.ZBox"/>.</summary>
    public IReadOnlyList<float> Low => Bound(Math.Min);

    /// <summary>The largest value of each channel that a pixel can have: the upper bound of <see cref="Rule.ZBox"/>.</summary>
    public IReadOnlyList<float> High => Bound(Math.Max);

    /// <summary>The value of a pixel.</summary>
    /// <param name="pixel">0 to 255.</param>
    /// <param name="channel">0-based, in the network's order.</param>
    public float ValueOf(float pixel, int channel) => (pixel * Scale - Mean[Mean.Count == 1 ? 0 : channel]) / Std[Std.Count == 1 ? 0 : channel];

    /// <summary>Equality of all numbers.</summary>
    /// <param name="other">The other.</param>
    public bool Equals(ImageInput? other) => other is not null && Scale == other.Scale && Order == other.Order && Fit == other.Fit
        && Width == other.Width && Height == other.Height && Resize == other.Resize && Mean.SequenceEqual(other.Mean) && Std.SequenceEqual(other.Std);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Scale, Order, Fit, Width, Height, Resize, Mean[0], Std[0]);

    private IReadOnlyList<float> Bound(Func<float, float, float> choose)
        => [.. Enumerable.Range(0, Math.Max(Mean.Count, Std.Count)).Select(channel => choose(ValueOf(0, channel), ValueOf(255, channel)))];

    private static int NotNegative(int pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pixels);
        return pixels;
    }
}

/// <summary>In which order a network takes the channels of a picture.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red, as Caffe and OpenCV have them.</summary>
    Bgr,
}

/// <summary>How a picture of another size is brought to a network's.</summary>
public enum ImageFit
{
    /// <summary>Resampled to width and height, without keeping the aspect ratio.</summary>
    Stretch,

    /// <summary>The shorter side is resampled to a number of pixels, keeping the aspect ratio, then the middle is cut out, as torchvision's evaluation transform does.</summary>
    CenterCrop,
}
