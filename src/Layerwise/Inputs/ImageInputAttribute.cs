namespace Layerwise;

/// <summary>
/// Says, beside an <see cref="ExplainerAttribute"/>, that the model's one input is a picture and how pixels become its numbers: value =
/// (pixel · scale − mean) / std. The class then is an <see cref="IImageExplainer"/>, its <c>Image</c> tells it all, and the bounds of
/// <see cref="Rule.ZBox"/> follow from it.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ImageInputAttribute : Attribute
{
    /// <summary>Width in pixels; the model's own unless given. Needed for <see cref="ImageFit.CenterCrop"/> where the model takes any.</summary>
    public int Width { get; set; }

    /// <summary>Height in pixels, as <see cref="Width"/>.</summary>
    public int Height { get; set; }

    /// <summary>Subtracted behind the scale: one number, or one a channel in the model's channel order; 0 unless given.</summary>
    public double[]? Mean { get; set; }

    /// <summary>Divides last: one number, or one a channel; above 0, 1 unless given.</summary>
    public double[]? Std { get; set; }

    /// <summary>Applied to pixels of 0 to 255; 1/255 unless given, which brings them to 0 to 1.</summary>
    public double Scale { get; set; } = 1 / 255.0;

    /// <summary>In which order the model takes the channels; red, green, blue unless given.</summary>
    public ChannelOrder Order { get; set; }

    /// <summary>How a picture of another size is brought to the model's; stretched unless given.</summary>
    public ImageFit Fit { get; set; }

    /// <summary>For <see cref="ImageFit.CenterCrop"/>: the pixels that the shorter side is brought to before the middle is cut out; the longer of width and height unless given.</summary>
    public int Resize { get; set; }
}
