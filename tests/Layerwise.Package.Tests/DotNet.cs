using System.Diagnostics;

namespace Layerwise.Package.Tests;

/// <summary>The <c>dotnet</c> command as a user calls it, in a process of its own.</summary>
internal static class DotNet
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Runs a command to its end.</summary>
    /// <returns>The exit code, and standard output and error together.</returns>
    public static Task<(int ExitCode, string Output)> Run(string folder, params string[] arguments) => Start("dotnet", folder, (IReadOnlyList<string>)arguments);

    /// <summary>Runs a program to its end.</summary>
    public static Task<(int ExitCode, string Output)> Start(string program) => Start(program, Path.GetDirectoryName(program)!, []);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">Its path, or its name.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables that it gets; <c>null</c> takes one away.</param>
    public static async Task<(int ExitCode, string Output)> Start(string program, string folder, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };

        // The build that runs these tests must not leak into the builds that they start.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        // Nor does a user's system have libraries that it was lent.
        start.Environment.Remove("LD_LIBRARY_PATH");

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_NOLOGO"] = "1";
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
