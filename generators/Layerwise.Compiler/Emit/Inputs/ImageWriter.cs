using Layerwise.Compiler.Inputs;

namespace Layerwise.Compiler.Emit.Inputs;

/// <summary>Writes <c>Image</c>.</summary>
public sealed class ImageWriter(ImageSpec image) : InputWriter
{
    public override string Interface => "global::Layerwise.IImageExplainer";

    public override void Write(SourceWriter writer, bool hasLabels, IReadOnlyList<LayerRow> layers, string? stub)
    {
        writer.Line("global::Layerwise.ImageInput global::Layerwise.IImageExplainer.Image => Image;").Line();
        writer.Line($"/// <summary>How a picture becomes the network's input: {Size}, {image.Order.ToUpperInvariant()}, (pixel · scale − mean) / std.</summary>");
        if (stub is not null)
        {
            writer.Line($"public static global::Layerwise.ImageInput Image => {stub};").Line();
            return;
        }

        writer.Line("public static global::Layerwise.ImageInput Image { get; } = new()").Open();
        if (image.Width > 0)
        {
            writer.Line($"Width = {image.Width},");
        }

        if (image.Height > 0)
        {
            writer.Line($"Height = {image.Height},");
        }

        writer.Line($"Scale = {Literal.Of((float)image.Scale)},");
        writer.Line($"Mean = {Literal.List(image.Mean.Select(m => (float)m))},");
        writer.Line($"Std = {Literal.List(image.Std.Select(s => (float)s))},");
        writer.Line($"Order = global::Layerwise.ChannelOrder.{image.Order},");
        writer.Line($"Fit = global::Layerwise.ImageFit.{image.Fit},");
        if (image.Resize > 0)
        {
            writer.Line($"Resize = {image.Resize},");
        }

        writer.Close("};").Line();
    }

    private string Size => image.Width > 0 && image.Height > 0 ? $"{image.Width}×{image.Height} pixels" : "any size";
}
