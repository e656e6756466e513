using Layerwise.Testing;

namespace Layerwise.Compiler.Tests;

public class DocumentationTests
{
    [Fact]
    public void The_page_of_operators_is_what_the_code_says()
    {
        var path = Path.Combine(SharedFolder.RepositoryRoot, "docs", "operators.md");
        var page = OperatorPage.Write();
        if (File.ReadAllText(path) != page)
        {
            File.WriteAllText(Path.ChangeExtension(path, ".received.md"), page);
            Assert.Fail("docs/operators.md is not what the code says: look at operators.received.md beside it and, if it is right, rename it.");
        }
    }
}
