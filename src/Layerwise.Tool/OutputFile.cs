using System.Text.RegularExpressions;

namespace Layerwise.Tool;

/// <summary>Files that the tool writes: they appear whole or not at all.</summary>
internal static partial class OutputFile
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

    /// <summary>Makes sure that there is a folder to write into, apart from one that is read.</summary>
    /// <exception cref="ToolException">It cannot be made, or is the other.</exception>
    public static void CheckFolder(string? path, string apartFrom)
    {
        if (path is null)
        {
            return;
        }

        if (path.Length == 0 || File.Exists(path))
        {
            throw new ToolException($"'{path}' is a file; for a folder of pictures give a folder to write into");
        }

        if (Path.GetFullPath(path).TrimEnd(Path.DirectorySeparatorChar) == Path.GetFullPath(apartFrom).TrimEnd(Path.DirectorySeparatorChar))
        {
            throw new ToolException($"'{path}' is the folder of the pictures: give another one to write into");
        }

        Check(path.TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar) is { Length: > 0 } name && !Directory.Exists(path) ? name : null);
        Directory.CreateDirectory(path);
    }

    /// <summary>A file name that every system takes, after a name that may hold anything.</summary>
    public static string SafeName(string name)
    {
        const int Longest = 80;
        var safe = string.Concat(name.Take(Longest).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_')).Trim('.');
        return safe.Length == 0 || Reserved().IsMatch(safe) ? "_" + safe : safe;
    }

    /// <summary>Safe names that are all different, whatever the case of letters.</summary>
    public static IReadOnlyList<string> SafeNames(IReadOnlyList<string> names)
    {
        var (taken, safe) = (new HashSet<string>(StringComparer.OrdinalIgnoreCase), new List<string>(names.Count));
        foreach (var name in names.Select(SafeName))
        {
            var unique = name;
            for (var number = 2; !taken.Add(unique); number++)
            {
                unique = $"{name}-{number}";
            }

            safe.Add(unique);
        }

        return safe;
    }

    [GeneratedRegex(@"^(CON|PRN|AUX|NUL|COM\d|LPT\d)(\.|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Reserved();

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
