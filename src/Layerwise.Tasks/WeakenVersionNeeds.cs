using Microsoft.Build.Framework;
using Task = Microsoft.Build.Utilities.Task;

namespace Layerwise.Tasks;

/// <summary>Copies shared libraries, of which those that ask for a newer libstdc++ than they use ask for it no more.</summary>
public sealed class WeakenVersionNeeds : Task
{
    /// <summary>The copies. Metadata: <c>LayerwiseOriginal</c>, needed, the library that is copied.</summary>
    [Required]
    public ITaskItem[] Libraries { get; set; } = [];

    /// <inheritdoc/>
    public override bool Execute()
    {
        foreach (var library in Libraries)
        {
            var (original, copy) = (library.GetMetadata("LayerwiseOriginal"), library.GetMetadata("FullPath"));
            try
            {
                var content = File.ReadAllBytes(original);
                WriteIfChanged(copy, VersionNeeds.Weaken(content, of: "libstdc++.so.6") ?? content);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Log.LogError("'{0}' could not be copied to '{1}': {2}", original, copy, e.Message);
            }
        }

        return !Log.HasLoggedErrors;
    }

    // A copy that stays as it is keeps its time, so that nothing is copied again.
    private static void WriteIfChanged(string path, byte[] content)
    {
        if (File.Exists(path) && Enumerable.SequenceEqual(File.ReadAllBytes(path), content))
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var unfinished = path + ".tmp";
        File.WriteAllBytes(unfinished, content);
        File.Delete(path);
        File.Move(unfinished, path);
    }
}
