using Layerwise.Compiler.Manifest;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

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
        return new(NameIn(text, file.Path), text);
    }

    /// <summary>A manifest's name alone, for whoever asks at every key stroke: the text of a large graph is megabytes.</summary>
    public static string ReadName(AdditionalText file, CancellationToken cancellation)
    {
        var text = file.GetText(cancellation);
        return NameIn(text is { Lines.Count: > 1 } ? text.ToString(TextSpan.FromBounds(0, text.Lines[1].End)) : "", file.Path);
    }

    private static string NameIn(string text, string path) => NameIn(text) is { Length: > 0 } name ? name : Path.GetFileNameWithoutExtension(path);

    /// <summary>Whether the model's path is this one or ends in it.</summary>
    public bool EndsIn(string path) => EndsIn(Name, path);

    /// <summary>Whether a path is another one or ends in it.</summary>
    public static bool EndsIn(string name, string path) => name.EndsWith(path, StringComparison.Ordinal)
        && (name.Length == path.Length || name[name.Length - path.Length - 1] == '/');

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
