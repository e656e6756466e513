using System.Runtime.CompilerServices;
using Xunit;

namespace Layerwise.Testing;

/// <summary>
/// Compares a text with the approved file beside the test: <c>Class.Method#Hint.verified.cs</c>, Verify's own names, so that moving to
/// Verify.Xunit changes this file alone. A missing or different file fails and leaves what was received beside it.
/// </summary>
public static class Approved
{
    public static void Match(string received, string hint, [CallerFilePath] string testFile = "", [CallerMemberName] string method = "")
    {
        var stem = Path.Combine(Path.GetDirectoryName(testFile)!, $"{Path.GetFileNameWithoutExtension(testFile)}.{method}#{hint}");
        var approved = File.Exists(stem + ".verified.cs") ? File.ReadAllText(stem + ".verified.cs").ReplaceLineEndings("\n") : null;
        if (received == approved)
        {
            File.Delete(stem + ".received.cs");
            return;
        }

        File.WriteAllText(stem + ".received.cs", received);
        Assert.Fail($"'{Path.GetFileName(stem)}.verified.cs' {(approved is null ? "is missing" : "differs")}: look at the .received.cs beside it and, if it is right, rename it.");
    }
}
