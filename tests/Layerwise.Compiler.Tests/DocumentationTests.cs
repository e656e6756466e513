using System.Text.RegularExpressions;
using Layerwise.Compiler.Ops;
using Layerwise.Testing;

namespace Layerwise.Compiler.Tests;

public class DocumentationTests
{
    [Fact]
    public void The_page_of_operators_lists_what_is_read()
    {
        var page = File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot(), "docs", "operators.md"));
        Assert.Equal(OperatorTable.Readers.Keys, Regex.Matches(page, @"^\| ([A-Z]\w+) \|", RegexOptions.Multiline).Select(m => m.Groups[1].Value));
    }
}
