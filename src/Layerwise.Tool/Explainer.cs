using Layerwise.Runtime;

namespace Layerwise.Tool;

/// <summary>A model that the tool loaded, as an explainer of a program's own: with its labels, and with what its input is.</summary>
internal class Explainer : IExplainer
{
    private Explainer(ModelHost host) => (Network, Labels) = (host.Network, host.Compiled.Labels);

    public Network Network { get; }

    public IReadOnlyList<string> Labels { get; }

    public static Explainer Of(ModelHost host, ImageInput? image) => image is null ? new Explainer(host) : new OfPictures(host, image);

    public static ITextExplainer Of(ModelHost host, TextInput text) => new OfTexts(host, text);

    private sealed class OfPictures(ModelHost host, ImageInput image) : Explainer(host), IImageExplainer
    {
        public ImageInput Image => image;
    }

    private sealed class OfTexts(ModelHost host, TextInput text) : Explainer(host), ITextExplainer
    {
        public TextInput Text => text;
    }
}
