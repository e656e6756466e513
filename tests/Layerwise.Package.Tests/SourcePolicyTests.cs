using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Layerwise.Package.Tests;

public sealed partial class SourcePolicyTests
{
    [Fact]
    public void No_file_names_a_path_of_somebodys_machine()
    {
        var found =
            from path in TrackedFiles()
            where !path.EndsWith(".onnx", StringComparison.Ordinal) && !path.EndsWith(".png", StringComparison.Ordinal)
            from match in MachinePath().Matches(File.ReadAllText(Repository.PathOf(path)))
            select $"{path}: {match.Value}";

        Assert.Empty(found);
    }

    // A folder of a person or a build agent, at the start of a path.
    [GeneratedRegex(@"(?<![\w.:/$}~-])/(?:home|root|Users|work)/\w[\w./-]*|\b[A-Z]:\\Users\\\w+")]
    private static partial Regex MachinePath();

    private static string[] TrackedFiles()
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["ls-files", "-z"]) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var files = git.StandardOutput.ReadToEnd().Split('\0', StringSplitOptions.RemoveEmptyEntries);
            git.WaitForExit();
            Assert.SkipUnless(git.ExitCode == 0 && files.Length > 0, "The files are not in a git working tree.");
            return [.. files.Where(path => File.Exists(Repository.PathOf(path)))];
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("git is not installed.");
            return [];
        }
    }
}
