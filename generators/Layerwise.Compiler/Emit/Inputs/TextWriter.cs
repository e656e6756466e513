using Layerwise.Compiler.Inputs;

namespace Layerwise.Compiler.Emit.Inputs;

/// <summary>Writes <c>Text</c>.</summary>
public sealed class TextWriter(TextSpec text) : InputWriter
{
    public override string Interface => "global::Layerwise.ITextExplainer";

    public override void Write(SourceWriter writer, bool hasLabels, IReadOnlyList<LayerRow> layers, string? stub)
    {
        writer.Line("global::Layerwise.TextInput global::Layerwise.ITextExplainer.Text => Text;").Line();
        writer.Line("/// <summary>How the tokens of a text become the network's inputs, and the layer at which their relevance is found.</summary>");
        if (stub is not null)
        {
            writer.Line($"public static global::Layerwise.TextInput Text => {stub};").Line();
            return;
        }

        var embedding = layers.First(layer => layer.Output == text.Embedding).Identifier;
        writer.Line($"public static global::Layerwise.TextInput Text {{ get; }} = new(Layer.{embedding}, [{string.Join(", ", text.Roles.Select(role => $"global::Layerwise.TokenRole.{role}"))}])").Open();
        if (text.Length > 0)
        {
            writer.Line($"Length = {text.Length},");
        }

        writer.Line($"Vocabulary = {text.Vocabulary},");
        writer.Line($"Padding = {text.Padding},");
        writer.Close("};").Line();
    }
}
