using System.IO.Compression;
using System.Xml.Linq;

namespace Layerwise.Package.Tests;

/// <summary>What lies in the packages.</summary>
public sealed class PackageContentTests(PackedLayerwise package)
{
    public static TheoryData<string> Libraries => ["Layerwise", "Layerwise.AspNetCore", "Layerwise.Rendering"];

    public static TheoryData<string> All => ["Layerwise", "Layerwise.AspNetCore", "Layerwise.Rendering", "Layerwise.Templates", "Layerwise.Tool"];

    [Theory]
    [MemberData(nameof(All))]
    public void A_package_says_what_it_is_and_under_which_licence(string id)
    {
        using var file = Open(id, "nupkg");
        var metadata = Nuspec(file).Root!.Elements().Single();

        Assert.Equal("MIT", Value("license"));
        Assert.Equal("README.md", Value("readme"));
        Assert.NotEqual("", Value("description"));
        Assert.NotEqual("", Value("tags"));
        Assert.Superset(new HashSet<string> { "README.md", "LICENSE", "PATENTS.md", "THIRD-PARTY-NOTICES.md" }, Entries(file));

        string Value(string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_has_documentation_and_symbols_for_both_frameworks(string id)
    {
        using var file = Open(id, "nupkg");
        using var symbols = Open(id, "snupkg");
        foreach (var framework in (string[])["net8.0", "net10.0"])
        {
            Assert.Superset(new HashSet<string> { $"lib/{framework}/{id}.dll", $"lib/{framework}/{id}.xml" }, Entries(file));
            Assert.Contains($"lib/{framework}/{id}.pdb", Entries(symbols));
        }
    }

    [Fact]
    public void The_generator_its_compiler_and_the_code_fixes_lie_where_the_C_sharp_compiler_looks()
    {
        using var file = Open("Layerwise", "nupkg");

        Assert.Equal(
            ["analyzers/dotnet/cs/Layerwise.CodeFixes.dll", "analyzers/dotnet/cs/Layerwise.Compiler.dll", "analyzers/dotnet/cs/Layerwise.Generator.dll"],
            Entries(file).Where(entry => entry.StartsWith("analyzers/", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void The_templates_take_the_packages_that_are_packed_with_them()
    {
        using var file = Open("Layerwise.Templates", "nupkg");
        var projects = file.Entries.Where(entry => entry.Name.EndsWith(".csproj", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(projects);
        Assert.All(projects, project =>
        {
            using var text = project.Open();
            var references = XDocument.Load(text).Descendants("PackageReference").ToDictionary(reference => reference.Attribute("Include")!.Value, reference => reference.Attribute("Version")!.Value);
            Assert.All(references, reference => Assert.Matches(@"^\d", reference.Value));
            Assert.Equal(package.Version, references["Layerwise"]);
        });
    }

    private ZipArchive Open(string id, string extension) => ZipFile.OpenRead(Path.Combine(package.Feed, $"{id}.{package.Version}.{extension}"));

    private static HashSet<string> Entries(ZipArchive file) => [.. file.Entries.Select(entry => entry.FullName)];

    private static XDocument Nuspec(ZipArchive file)
    {
        using var text = file.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(text);
    }
}
