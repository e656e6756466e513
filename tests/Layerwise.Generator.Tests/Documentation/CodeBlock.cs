using System.Text.RegularExpressions;
using Layerwise.Testing;

namespace Layerwise.Generator.Tests.Documentation;

/// <summary>A block of C# in a page of the documentation.</summary>
/// <param name="Page">The page, relative to the repository.</param>
/// <param name="Line">Where the block begins, 1-based.</param>
/// <param name="Text">The C#.</param>
internal sealed partial record CodeBlock(string Page, int Line, string Text)
{
    /// <summary>The pages that a user reads: at the root, under <c>docs</c>, and those of packages and templates.</summary>
    public static IEnumerable<string> Pages => ((string[])["README.md", "docs", "src", "models", "samples"])
        .SelectMany(place => place.EndsWith(".md", StringComparison.Ordinal)
            ? [Path.Combine(SharedFolder.RepositoryRoot, place)]
            : Directory.EnumerateFiles(Path.Combine(SharedFolder.RepositoryRoot, place), "*.md", SearchOption.AllDirectories))
        .Select(path => Path.GetRelativePath(SharedFolder.RepositoryRoot, path).Replace('\\', '/'))
        .Where(path => !path.Split('/').Any(folder => folder is "bin" or "obj" or "artifacts") && !path.EndsWith(".received.md", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    /// <summary>The blocks of a page, in their order.</summary>
    public static IReadOnlyList<CodeBlock> Of(string page)
    {
        var text = File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, page)).ReplaceLineEndings("\n");
        return [.. Fence().Matches(text).Select(match => new CodeBlock(page, text[..match.Groups["code"].Index].Count('\n'.Equals) + 1, match.Groups["code"].Value))];
    }

    [GeneratedRegex(@"^[ ]*```(?:csharp|cs|c#|C#)\n(?<code>.*?)^[ ]*```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
