namespace Layerwise.Tool.Tests;

/// <summary>What a call of the command line left behind.</summary>
internal sealed record Cli(int Code, string Output, string Error)
{
    public static Cli Run(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = Program.Run(args, output, error);
        return new Cli(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs what must be refused: <paramref name="code"/>, nothing on the standard output, one clear line on the other.</summary>
    public static string Refused(int code, params string[] args)
    {
        var run = Run(args);
        Assert.True(code == run.Code, $"exit code {run.Code}: {run.Error}");
        Assert.Empty(run.Output);
        var lines = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("error: ", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("internal", run.Error, StringComparison.Ordinal);
        Assert.Equal(code == 2 ? 2 : 1, lines.Length);
        return lines[0];
    }
}
