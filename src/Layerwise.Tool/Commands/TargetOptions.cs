using System.CommandLine;

namespace Layerwise.Tool.Commands;

/// <summary>Which class is explained, and what it starts with.</summary>
internal sealed class TargetOptions
{
    private readonly Option<string> _target = new("--target")
    {
        Description = "The class to explain: an index (or one a sample, separated by commas), 'top', or a label or one of its synonyms.",
        HelpName = "N[,N]|top|LABEL",
        DefaultValueFactory = _ => "top",
    };

    private readonly Option<string?> _against = new("--against")
    {
        Description = "A class that the target is compared with: why the one rather than the other.",
        HelpName = "N|LABEL",
    };

    private readonly Option<string> _initial;

    /// <param name="command">The command.</param>
    /// <param name="initial">What relevance starts with unless the user says otherwise.</param>
    /// <param name="differences">Whether one class can be explained against another.</param>
    public TargetOptions(Command command, InitialRelevance initial, bool differences = true)
    {
        _initial = new Option<string>("--initial")
        {
            Description = "The relevance that the target starts with: 1, or its logit.",
            HelpName = "one-hot|logit",
            DefaultValueFactory = _ => initial == InitialRelevance.Logit ? "logit" : "one-hot",
        }.AcceptOnlyFromAmong("one-hot", "logit");
        foreach (var option in differences ? (Option[])[_target, _against, _initial] : [_target, _initial])
        {
            command.Add(option);
        }
    }

    /// <exception cref="ToolException">There is no such class.</exception>
    public Target Target(ParseResult parse, Classes classes, int samples) => parse.GetValue(_against) is { } against
        ? classes.Parse(parse.GetRequiredValue(_target), against)
        : classes.Parse(parse.GetRequiredValue(_target), samples);

    public InitialRelevance Initial(ParseResult parse) => parse.GetValue(_initial) == "logit" ? InitialRelevance.Logit : InitialRelevance.OneHot;
}
