using System.Reflection;
using System.Runtime.InteropServices;

// Builds of one project must not overlap, and two at a time are no faster.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Layerwise.Package.Tests.PackedLayerwise))]

namespace Layerwise.Package.Tests;

/// <summary>The packages, packed once into a feed of their own outside of the repository, which all folders below <see cref="Folder"/> take them from.</summary>
public sealed class PackedLayerwise : IAsyncLifetime
{
    // A version of its own for each run, so that no cache can answer with an older package.
    public string Version { get; } = $"0.1.0-test.{DateTime.UtcNow:yyyyMMddHHmmssfff}";

    /// <summary>An empty folder for this run; the feed lies in it.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("layerwise-package-").FullName;

    public string Feed => Path.Combine(Folder, "feed");

    /// <summary>Where the big packages already are; Layerwise itself never goes there.</summary>
    public static string PackageCache { get; } = typeof(PackedLayerwise).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "NuGetPackageRoot").Value!;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "nuget.config"), $"""
            <configuration>
              <packageSources>
                <add key="layerwise-under-test" value="{Feed}" />
              </packageSources>
              <fallbackPackageFolders>
                <add key="cache" value="{PackageCache}" />
              </fallbackPackageFolders>
              <config>
                <add key="globalPackagesFolder" value="{Path.Combine(Folder, "packages")}" />
              </config>
            </configuration>
            """);

        var (exitCode, output) = await DotNet.Run(
            Repository.Root, "pack", "Compiler.sln", "-o", Feed, "-c", Repository.Configuration,
            $"-p:PackageVersion={Version}", $"-p:ToolPackageRuntimeIdentifiers={RuntimeInformation.RuntimeIdentifier}", "-p:UseSharedCompilation=false", "-tl:off", "-v:q");
        Assert.True(exitCode == 0, output);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
