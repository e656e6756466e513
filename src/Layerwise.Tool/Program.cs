using System.CommandLine;
using System.CommandLine.Help;
using System.Text.RegularExpressions;
using Layerwise.Onnx;
using Layerwise.Tool.Commands;

namespace Layerwise.Tool;

/// <summary>The command line <c>layerwise</c>.</summary>
internal static partial class Program
{
    private static int Main(string[] args) => Run(args, Console.Out, Console.Error);

    internal static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        var root = new Command("layerwise", $"Explains what an ONNX model says, by Layer-wise Relevance Propagation.\n\n{ExitCode.Help}")
        {
            new HelpOption(),
            new VersionOption(),
            InspectCommand.Create(),
            EmitCommand.Create(),
            RunCommand.Create(),
            ExplainCommand.Create(),
            ReportCommand.Create(),
            VerifyCommand.Create(),
            CompareCommand.Create(),
            ReplayCommand.Create(),
        };
        root.Add(CompletionCommand.Create());
        root.Add(CompletionCommand.Candidates(root));
        var parse = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parse.Errors.Count > 0)
        {
            foreach (var complaint in parse.Errors)
            {
                error.WriteLine($"error: {Printable.Line(complaint.Message)}");
            }

            error.WriteLine($"See 'layerwise {(parse.CommandResult.Command == root ? "" : parse.CommandResult.Command.Name + " ")}--help'.");
            return ExitCode.NotUnderstood;
        }

        try
        {
            return parse.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (Exception exception)
        {
            return Report(exception, error);
        }
    }

    /// <summary>The one place where exceptions become words.</summary>
    private static int Report(Exception exception, TextWriter error)
    {
        var (code, lines) = exception switch
        {
            ToolException refusal => (ExitCode.Refused, refusal.Lines),
            OnnxException model => (ExitCode.Refused, [$"{model.Id}: {model.Message}"]),
            _ when IsRefusal(exception) => (ExitCode.Refused, [Words(exception)]),
            _ => (ExitCode.Fault, (IReadOnlyList<string>)[$"internal: {exception.GetType().Name}: {exception.Message}"]),
        };
        foreach (var line in lines)
        {
            error.WriteLine($"error: {Printable.Line(line)}");
        }

        if (Environment.GetEnvironmentVariable("LAYERWISE_TRACE") == "1")
        {
            error.WriteLine(exception);
        }
        else if (code == ExitCode.Fault)
        {
            error.WriteLine("This is a fault of the tool. Set LAYERWISE_TRACE=1 to see where, and report it with the model.");
        }

        return code;
    }

    /// <summary>Whether it is something that the user can put right.</summary>
    internal static bool IsRefusal(Exception exception)
        => exception is ToolException or OnnxException or ArgumentException or IOException or InvalidDataException or FormatException or UnauthorizedAccessException
            or CompositeException or LibTorchException;

    /// <summary>What it says, without what only a programmer needs.</summary>
    internal static string Words(Exception exception) => exception switch
    {
        FileNotFoundException { FileName.Length: > 0 } missing => $"there is no file '{missing.FileName}'",
        UnauthorizedAccessException when PathPattern().Match(exception.Message).Groups[1].Value is var path && Directory.Exists(path) => $"'{path}' is a folder: give a file",
        _ => ParameterPattern().Replace(exception.Message, ""),
    };

    [GeneratedRegex(@"\s*\(Parameter '[^']*'\)")]
    private static partial Regex ParameterPattern();

    /// <summary>The path that the system did not let be opened, as it does not where it is a folder.</summary>
    [GeneratedRegex("'(.+)'")]
    private static partial Regex PathPattern();
}
