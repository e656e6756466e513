using System.Text;
using Layerwise.Onnx;
using Microsoft.Build.Framework;
using Task = Microsoft.Build.Utilities.Task;

namespace Layerwise.Tasks;

/// <summary>Writes the graph manifest of each model; one whose text has not changed is left alone, so that nothing is recompiled.</summary>
public sealed class WriteLayerwiseManifests : Task
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>The models. Metadata: <c>Manifest</c> and <c>ProgramPath</c>, both needed, <c>Labels</c> and <c>Features</c>.</summary>
    [Required]
    public ITaskItem[] Models { get; set; } = [];

    /// <summary>The project: where a missing model is reported, and what paths are relative to.</summary>
    [Required]
    public string ProjectFile { get; set; } = "";

    /// <inheritdoc/>
    public override bool Execute()
    {
        foreach (var places in Models.GroupBy(m => m.GetMetadata("ProgramPath"), StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1))
        {
            Error("LW0106", ProjectFile, $"The models {string.Join(" and ", places.Select(m => $"'{m.ItemSpec}'"))} have the same place beside the program, '{places.Key}'. Give one of them another with Link=\"…\".");
        }

        foreach (var model in Models)
        {
            Write(model);
        }

        return !Log.HasLoggedErrors;
    }

    private void Write(ITaskItem model)
    {
        var path = FullPath(model.ItemSpec);
        string? Beside(string metadata) => model.GetMetadata(metadata) is { Length: > 0 } given ? FullPath(given) : null;
        try
        {
            var manifest = OnnxManifest.Read(path, model.GetMetadata("ProgramPath"), Beside("Labels"), Beside("Features"));
            WriteIfChanged(FullPath(model.GetMetadata("Manifest")), manifest);
        }
        catch (OnnxException e)
        {
            // A file that is not there cannot be opened at the error: the line that names it is in the project.
            Error(e.Id, File.Exists(path) ? path : ProjectFile, e.Message);
        }
    }

    private static void WriteIfChanged(string path, string text)
    {
        if (File.Exists(path) && File.ReadAllText(path, s_utf8) == text)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var unfinished = path + ".tmp";
        File.WriteAllText(unfinished, text, s_utf8);
        File.Delete(path);
        File.Move(unfinished, path);
    }

    private string FullPath(string path) => Path.Combine(Path.GetDirectoryName(ProjectFile) ?? "", path);

    private void Error(string id, string file, string message)
        => Log.LogError(subcategory: null, id, helpKeyword: null, file, lineNumber: 0, columnNumber: 0, endLineNumber: 0, endColumnNumber: 0, "{0}", message);
}
