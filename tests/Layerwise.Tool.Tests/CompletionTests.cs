using System.Diagnostics;

namespace Layerwise.Tool.Tests;

/// <summary>What a shell offers when somebody presses Tab.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("ins", "inspect")]
    [InlineData("e", "emit,explain")]
    [InlineData("explain|--hea", "--heatmap")]
    [InlineData("explain|m.onnx|--backend|ma", "managed")]
    [InlineData("completion|f", "fish")]
    [InlineData("explain|m", "")]
    public void Candidates_are_those_that_go_on(string typed, string expected)
    {
        var run = Cli.Run(["complete", "--", .. typed.Split('|')]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries), run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Nothing_typed_offers_every_command_but_the_hidden_one()
    {
        string[] found = Cli.Run("complete", "--", "").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var command in (string[])["compare", "completion", "emit", "explain", "inspect", "replay", "report", "run", "verify"])
        {
            Assert.Contains(command, found);
        }

        Assert.DoesNotContain("complete", found);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public void Every_shell_has_a_script_that_asks_the_tool(string shell)
    {
        var run = Cli.Run("completion", shell);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("layerwise complete --", run.Output, StringComparison.Ordinal);
        Cli.Refused(2, "completion", "csh");
    }

    [Fact]
    public void Bash_completes_with_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/bin/bash"), "There is no bash here.");
        var script = $$"""
            layerwise() { dotnet '{{Path.Combine(AppContext.BaseDirectory, "Layerwise.Tool.dll")}}' "$@"; }
            {{Cli.Run("completion", "bash").Output}}
            COMP_WORDS=(layerwise explain model.onnx --comp) COMP_CWORD=3
            _layerwise
            echo "${COMPREPLY[*]}"
            """;
        var start = new ProcessStartInfo("/bin/bash", ["-c", script]) { RedirectStandardOutput = true };
        using var bash = Process.Start(start)!;
        Assert.Equal("--composite\n", bash.StandardOutput.ReadToEnd());
    }
}
