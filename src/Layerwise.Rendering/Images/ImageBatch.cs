using static TorchSharp.torch;

namespace Layerwise.Rendering;

/// <summary>Pictures as a network takes them: of its size, their numbers row by row.</summary>
internal sealed record ImageBatch(IReadOnlyList<Picture> Pictures, SampleLayout Layout, float[] Values)
{
    /// <exception cref="ArgumentException">There is no picture.</exception>
    /// <exception cref="ShapeException">They differ in size where the network takes any, or its input is none of pictures.</exception>
    public static ImageBatch Of(IImageExplainer explainer, IReadOnlyList<Picture> pictures)
    {
        ArgumentNullException.ThrowIfNull(explainer);
        ArgumentNullException.ThrowIfNull(pictures);
        if (pictures.Count == 0)
        {
            throw new ArgumentException("There is no picture; give one or more.", nameof(pictures));
        }

        var (input, port) = (explainer.Image, explainer.Network.Inputs[0]);
        Picture[] fitted = [.. pictures.Select(picture => picture.FitTo(input))];
        var (width, height) = (fitted[0].Width, fitted[0].Height);
        if (Array.Find(fitted, picture => (picture.Width, picture.Height) != (width, height)) is { } other)
        {
            throw Refuse.OtherShape($"Pictures of {width}x{height} and {other.Width}x{other.Height} pixels do not go into one batch; explain them one by one, or give the ImageInput a Width and a Height.", nameof(pictures), $"{width}x{height}", $"{other.Width}x{other.Height}");
        }

        var layout = SampleLayout.Of([.. port.Shape.Skip(1)], height, width)
            ?? throw Refuse.OtherShape($"'{port.Name}' is {port.ShapeText}; a picture is [N, C, H, W] or [N, H, W, C] with 1 or 3 channels.", nameof(explainer), "[N, C, H, W] or [N, H, W, C] with 1 or 3 channels", port.ShapeText);
        return new ImageBatch(fitted, layout, [.. fitted.SelectMany(picture => picture.ToSample(layout, input))]);
    }

    /// <summary>[N, …], the caller's to dispose.</summary>
    public Tensor ToTensor()
    {
        LibTorch.Load();
        return tensor(Values, [Pictures.Count, .. Layout.Shape]);
    }
}
