using System.Text.RegularExpressions;
using Layerwise.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Layerwise.Generator.Tests.Documentation;

/// <summary>
/// Every block of C# in the documentation compiles, with the explainers that its page declares and those of the <see cref="Cast"/>.
/// A page's declarations hold for the whole page; the statements of each block stand in a method of their own.
/// </summary>
public sealed partial class DocumentationTests
{
    // A contributor's page shows pieces of the sources, which cannot stand alone: they must be there, to the letter.
    private const string SourcePage = "docs/adding-an-operator.md";

    private const string Usings = """
        using System;
        using System.Collections.Generic;
        using System.IO;
        using System.Linq;
        using System.Threading;
        using System.Threading.Tasks;
        using Layerwise;
        using Layerwise.AspNetCore;
        using Layerwise.Rendering;
        using Microsoft.AspNetCore.Builder;
        using Microsoft.Extensions.DependencyInjection;
        using SkiaSharp;
        using static TorchSharp.torch;

        """;

    public static TheoryData<string> Pages => [.. CodeBlock.Pages.Where(page => page != SourcePage && CodeBlock.Of(page).Count > 0)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_block_compiles(string page)
    {
        var project = new UserProject();
        foreach (var (path, text) in Cast.Manifests)
        {
            project.Manifest($"/obj/{path}.lwgraph", text);
        }

        var errors = project.Source("Page.cs", Program(CodeBlock.Of(page))).Run().Output.GetDiagnostics(TestContext.Current.CancellationToken)
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            .Select(diagnostic => $"{diagnostic.Location.GetMappedLineSpan().Path}({diagnostic.Location.GetMappedLineSpan().StartLinePosition.Line + 1}): {diagnostic.Id} {diagnostic.GetMessage(null)}");
        Assert.True(!errors.Any(), string.Join("\n", errors));
    }

    [Fact]
    public void What_a_contributor_reads_stands_in_the_sources()
    {
        var sources = ((string[])["src", "generators"]).SelectMany(folder => Directory.EnumerateFiles(Path.Combine(SharedFolder.RepositoryRoot, folder), "*.cs", SearchOption.AllDirectories)).Select(File.ReadAllText).ToList();

        Assert.All(CodeBlock.Of(SourcePage).SelectMany(block => block.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)), line =>
            Assert.Contains(sources, source => source.Contains(line, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_link_to_a_file_leads_to_one()
    {
        var broken =
            from page in CodeBlock.Pages
            let folder = Path.GetDirectoryName(Path.Combine(SharedFolder.RepositoryRoot, page))!
            from match in Link().Matches(File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, page)))
            let target = match.Groups["target"].Value
            where !target.Contains(':', StringComparison.Ordinal) && !Path.Exists(Path.Combine(folder, target))
            select $"{page}: {target}";

        Assert.Empty(broken);
    }

    [GeneratedRegex(@"\]\((?<target>[^)#\s]+)[^)]*\)")]
    private static partial Regex Link();

    /// <summary>The blocks of one page as a program.</summary>
    private static string Program(IReadOnlyList<CodeBlock> blocks)
    {
        var parsed = blocks.Select(block => (Block: block, Root: CSharpSyntaxTree.ParseText(block.Text, CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.CSharp14)).GetCompilationUnitRoot())).ToList();
        var declared = parsed.SelectMany(one => one.Root.DescendantNodes().OfType<BaseTypeDeclarationSyntax>().Select(type => type.Identifier.Text)).ToHashSet(StringComparer.Ordinal);
        var cast = CSharpSyntaxTree.ParseText(Cast.Explainers).GetCompilationUnitRoot().Members.OfType<BaseTypeDeclarationSyntax>().Where(type => !declared.Contains(type.Identifier.Text));

        var text = new StringWriter();
        text.Write(Usings);
        foreach (var (block, root) in parsed)
        {
            foreach (var name in root.Usings.Where(name => !Usings.Contains(name.ToString(), StringComparison.Ordinal)))
            {
                Write(text, block, name);
            }
        }

        text.WriteLine("namespace Page;");
        text.WriteLine(string.Join("\n", cast.Select(type => type.ToFullString())));
        text.WriteLine($"internal class Stage {{ {Cast.Members} }}");
        foreach (var ((block, root), i) in parsed.Select((one, i) => (one, i)))
        {
            // Members of a class are shown without it; whole types stand beside it.
            foreach (var member in root.Members.Where(member => member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax))
            {
                Write(text, block, member);
            }

            foreach (var member in root.Members.OfType<BaseNamespaceDeclarationSyntax>().SelectMany(space => space.Members))
            {
                Write(text, block, member);
            }

            text.WriteLine($"internal class Block{i} : Stage {{ static async Task Run() {{");
            foreach (var statement in root.Members.OfType<GlobalStatementSyntax>())
            {
                Write(text, block, statement);
            }

            text.WriteLine("} }");
        }

        return text.ToString();
    }

    private static void Write(StringWriter text, CodeBlock block, SyntaxNode node)
    {
        var line = block.Line + node.GetLocation().GetLineSpan().StartLinePosition.Line;
        text.WriteLine($"\n#line {line} \"{block.Page}\"\n{node}");
    }
}
