using System.Runtime.CompilerServices;

namespace Layerwise.Testing;

/// <summary>The folder of models and references beside the repository, which only the project's own machines have.</summary>
public static class SharedFolder
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(RepositoryRoot, "..", "shared"));

    public static bool Exists => Directory.Exists(Root);

    /// <summary>A file or folder of it.</summary>
    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    public static string RepositoryRoot => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));

    /// <summary>Files by pattern, relative to the folder; one placeholder where it is absent, so that the test shows up as skipped.</summary>
    public static IEnumerable<string> Files(string folder, string pattern)
        => Exists
            ? Directory.EnumerateFiles(At(folder), pattern, SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Root, f)).Order(StringComparer.Ordinal)
            : [Absent];

    /// <summary>What stands for the files where the folder is absent.</summary>
    public const string Absent = "(the shared folder is absent)";

    private static string Here([CallerFilePath] string path = "") => path;
}
