using Layerwise.Compiler.Manifest;
using Microsoft.CodeAnalysis;

namespace Layerwise.Generator;

/// <summary>A graph manifest among the project's additional files.</summary>
/// <param name="Name">The model's path, with <c>/</c> between folders.</param>
/// <param name="Text">The whole manifest.</param>
internal sealed record ModelManifest(string Name, string Text)
{
    public const string Extension = ".lwgraph";

    public static bool IsManifest(AdditionalText file) => file.Path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    public static ModelManifest Read(AdditionalText file, CancellationToken cancellation)
    {
        var text = file.GetText(cancellation)?.ToString() ?? "";
        return new(NameIn(text) is { Length: > 0 } name ? name : Path.GetFileNameWithoutExtension(file.Path), text);
    }

    /// <summary>Whether the model's path is this one or ends in it.</summary>
    public bool EndsIn(string path) => Name.EndsWith(path, StringComparison.Ordinal)
        && (Name.Length == path.Length || Name[Name.Length - path.Length - 1] == '/');

    // The name stands in the second line; the rest is read where the model is compiled. A manifest that does not say
    // its name goes by its file's, so that whoever asks for it hears what is wrong with it.
    private static string? NameIn(string text)
    {
        try
        {
            var header = text.IndexOf('\n');
            var end = header < 0 ? -1 : text.IndexOf('\n', header + 1);
            return ManifestParser.Parse(end < 0 ? text : text.Substring(0, end)).File;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
