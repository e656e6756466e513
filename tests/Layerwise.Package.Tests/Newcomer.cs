namespace Layerwise.Package.Tests;

/// <summary>Somebody at a terminal, in an empty folder, with an SDK that has no templates and tools of ours yet.</summary>
internal sealed class Newcomer
{
    private readonly string _home;
    private string _folder;

    public Newcomer(PackedLayerwise package, string name)
    {
        _folder = Directory.CreateDirectory(Path.Combine(package.Folder, name)).FullName;
        _home = _folder;
    }

    private Dictionary<string, string?> Environment => new()
    {
        ["HOME"] = PathOf(".home"), // an empty home: TorchSharp looks for libtorch in the packages of the user's
        ["DOTNET_CLI_HOME"] = PathOf(".home"),
        ["DOTNET_ROLL_FORWARD"] = "Major", // a program for .NET 8 runs where only a later runtime is installed
        ["DOTNET_GENERATE_ASPNET_CERTIFICATE"] = "false",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
    };

    /// <summary>A path in the folder where it began.</summary>
    public string PathOf(string file) => Path.Combine(_home, file);

    /// <summary>Runs one command line; the test fails where the command does.</summary>
    /// <param name="line">Words without spaces in them.</param>
    /// <returns>What it said.</returns>
    public async Task<string> Types(string line)
    {
        if (line.Split(' ') is not [var command, .. var arguments])
        {
            throw new ArgumentException("An empty line runs nothing.", nameof(line));
        }

        if (command == "cd")
        {
            _folder = Path.Combine(_folder, arguments[0]);
            return "";
        }

        var program = command.Contains('/', StringComparison.Ordinal) ? Path.Combine(_folder, command) : command;
        var (exitCode, output) = await DotNet.Start(program, _folder, arguments, Environment);
        Assert.True(exitCode == 0, $"{line}\n{output}");
        return output;
    }

    /// <summary>Starts a web service, which ends where it is disposed.</summary>
    /// <param name="line">Words without spaces in them.</param>
    public WebService Starts(string line) => new(line.Split(' '), _folder, Environment);
}
