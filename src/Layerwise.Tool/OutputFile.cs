namespace Layerwise.Tool;

/// <summary>Files that the tool writes: they appear whole or not at all.</summary>
internal static class OutputFile
{
    /// <summary>Refuses a path that cannot be written, before any work is done for it.</summary>
    /// <exception cref="ToolException">The folder does not exist, or the path is a folder.</exception>
    public static void Check(string? path)
    {
        if (path is null)
        {
            return;
        }

        if (path.Length == 0 || Directory.Exists(path))
        {
            throw new ToolException($"'{path}' is a folder; give the name of the file to write");
        }

        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
        {
            throw new ToolException($"cannot write '{path}': the folder '{folder}' does not exist");
        }
    }

    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void Write(string path, byte[] content) => Write(path, stream => stream.Write(content));

    /// <summary>Writes to a temporary file in the same folder and moves it into place.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        if (path.StartsWith("/dev/", StringComparison.Ordinal))
        {
            using var device = new FileStream(path, FileMode.Open, FileAccess.Write); // a device cannot be replaced by a file
            write(device);
            return;
        }

        var link = File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true) : null;
        var target = link?.FullName ?? Path.GetFullPath(path);
        var temporary = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
