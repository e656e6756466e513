using System.Diagnostics;
using Layerwise.Testing;

namespace Layerwise.Tool.Tests;

/// <summary>The tool where none of its native libraries is: in a process of its own, since this one has loaded them.</summary>
public sealed class WithoutLibTorchTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_says_in_one_line_which_package_is_missing()
    {
        var tool = Directory.CreateDirectory(_folder["tool"]).FullName;
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory).Where(file => Path.GetExtension(file) is ".dll" or ".json"))
        {
            File.Copy(file, Path.Combine(tool, Path.GetFileName(file)));
        }

        var start = new ProcessStartInfo("dotnet", [Path.Combine(tool, "Layerwise.Tool.dll"), "explain", Models.Dense(_folder), "--input", _folder.Array("x.npy", [1, 4], 1, 2, 3, 4)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("LD_LIBRARY_PATH");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("", await output);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("error: libtorch cannot be loaded: LibTorchSharp is in none of the folders", line, StringComparison.Ordinal);
        Assert.Contains("Add the package TorchSharp-cpu", line, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Refused, process.ExitCode);
    }
}
